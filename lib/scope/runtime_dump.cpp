#include "runtime_dump.hpp"

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "comcp/scope/event.hpp"
#include "comcp/scope/with_scope.hpp"
#include "shard_impl.hpp"

namespace comcp::detail {

namespace {

/// Where the answers of the shards meet. Outlives who waits: a shard may answer too late.
class collection : public std::enable_shared_from_this<collection> {
 public:
  collection(std::size_t count, tree_format format)
      : format_{format}, trees_(count), left_{count} {}

  /// all_here() is called once, on the thread of the last shard to answer.
  void ask(std::span<const std::unique_ptr<shard>> shards, unique_function all_here = {}) {
    all_here_ = std::move(all_here);
    const shard_impl* own = current_shard_or_null();
    for (std::size_t i = 0; i != shards.size(); ++i) {
      shard& s = *shards[i];
      if (&s.impl() == own) {
        answer(i, s);
      } else {
        s.post([self = shared_from_this(), i, &s] { self->answer(i, s); });
      }
    }
  }

  void wait(duration patience) {
    std::unique_lock held{mutex_};
    answered_.wait_for(held, patience, [&] { return left_ == 0; });
  }

  std::string text() const {
    const std::lock_guard held{mutex_};
    const bool json = format_ == tree_format::json;
    std::string all = json ? "{\"shards\":[" : "";
    for (std::size_t i = 0; i != trees_.size(); ++i) {
      if (json && i != 0) all += ',';
      if (trees_[i]) {
        all += *trees_[i];
      } else if (json) {
        all.append("{\"shard\":").append(std::to_string(i)).append(",\"error\":\"no answer\"}");
      } else {
        all.append("shard ").append(std::to_string(i)).append(": no answer\n");
      }
    }
    if (json) all += "]}";
    return all;
  }

 private:
  void answer(std::size_t i, const shard& s) {
    std::string tree = s.dump_scopes(format_);
    bool last = false;
    {
      const std::lock_guard held{mutex_};
      trees_[i] = std::move(tree);
      last = --left_ == 0;
    }
    if (!last) return;
    answered_.notify_all();
    if (all_here_) all_here_();
  }

  const tree_format format_;
  unique_function all_here_;
  mutable std::mutex mutex_;
  std::condition_variable answered_;
  std::vector<std::optional<std::string>> trees_;
  std::size_t left_;
};

}  // namespace

awaitable<std::string> collect_trees(std::span<const std::unique_ptr<shard>> shards,
                                     tree_format format,
                                     duration patience) {
  const auto all = std::make_shared<collection>(shards.size(), format);
  const auto here = std::make_shared<event>();
  all->ask(shards,
           [here, mail = this_shard().impl().mail()] { mail->post([here] { here->set(); }); });
  co_await move_on_after(
      patience, [&] { return here->wait(); }, scope_options().name("trees of all shards"));
  co_return all->text();
}

std::string dump_trees(std::span<const std::unique_ptr<shard>> shards,
                       tree_format format,
                       duration patience) {
  const auto all = std::make_shared<collection>(shards.size(), format);
  all->ask(shards);
  all->wait(patience);
  return all->text();
}

}  // namespace comcp::detail
