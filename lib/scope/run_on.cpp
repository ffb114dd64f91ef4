#include "comcp/scope/run_on.hpp"

#include <atomic>
#include <exception>
#include <stdexcept>
#include <utility>

#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/detail/turn_end.hpp"
#include "comcp/scope/errors.hpp"
#include "scope/post_surely.hpp"
#include "shard_impl.hpp"

namespace comcp::detail {

namespace {

/// What the origin hears of a target that dies.
std::exception_ptr shard_is_gone() noexcept {
  try {
    return std::make_exception_ptr(cancelled{"the shard is gone"});
  } catch (...) {  // no memory for the reason
    return std::current_exception();
  }
}

}  // namespace

struct hop::state final : task_owner, turn_end {
  explicit state(shard& t) : target{t.impl()}, target_mail{target.mail()} {}

  // Only on the target.
  void start(std::shared_ptr<hop> hop_) noexcept {
    self = std::move(hop_);
    try {
      scope = &target.tree.open(target.tree.root(), scope_options().name(name).shield());
      start_task(target, *scope, *this, [h = self.get()] { return h->body(); }, name);
    } catch (...) {
      end(std::current_exception());
    }
  }
  /** The origin hears of it when this turn ends: by then nobody here holds the exception any more, whose last
      owner is to be over there. (It may be freed by either, but libstdc++ counts where TSan doesn't see it.) */
  void end(std::exception_ptr e) noexcept {
    if (scope) target.tree.leave(*std::exchange(scope, nullptr));
    error = std::move(e);
    at_turn_end(target.facade);
  }
  void task_done(task_ctx&, std::exception_ptr e) noexcept override { end(std::move(e)); }
  void task_abandoned() noexcept override {
    scope = nullptr;
    error = shard_is_gone();
    on_turn_end();
  }
  void on_turn_end() noexcept override {
    const std::shared_ptr<hop> keep = std::move(self);
    post_surely(*origin_mail, [h = keep] { h->state_->arrive(); });
  }

  // Only on the origin.
  void arrive() noexcept {
    if (origin != &target) --origin->expected_io;
    std::exception_ptr what = std::move(error);  // also when nobody waits any more
    if (parked* w = std::exchange(waiter, nullptr)) w->fail(std::move(what));
  }

  /// How far the way to the target is: known to both sides.
  enum class post : unsigned char { under_way, accepted, dropped };
  std::atomic<post> posted{post::under_way};

  shard_impl& target;
  const std::shared_ptr<mailbox> target_mail;
  shard_impl* origin = nullptr;
  std::shared_ptr<mailbox> origin_mail;
  parked* waiter = nullptr;
  std::string_view name;
  cancel_scope* scope = nullptr;
  std::shared_ptr<hop> self;
  std::exception_ptr error;  // the target's until its end is posted, then the origin's
};

namespace {

/// Posted to the target, which may die before it looks.
class hop_start {
 public:
  hop_start(std::shared_ptr<hop> h, hop::state& s) noexcept : hop_{std::move(h)}, state_{&s} {}
  hop_start(hop_start&&) noexcept = default;
  hop_start& operator=(hop_start&&) = delete;
  ~hop_start() {
    // The origin sees to it itself as long as it hasn't looked.
    if (!hop_ || state_->posted.exchange(hop::state::post::dropped) != hop::state::post::accepted)
      return;
    state_->self = std::move(hop_);
    state_->task_abandoned();
  }
  void operator()() { state_->start(std::move(hop_)); }

 private:
  std::shared_ptr<hop> hop_;
  hop::state* state_;
};

struct hop_wait final : operation<hop_wait, void> {
  hop_wait(task_ctx& task, std::shared_ptr<hop> h, hop::state& s) noexcept
      : operation<hop_wait, void>{task, "another shard"}, keep{std::move(h)}, hop_{s} {}
  hop_wait(hop_wait&&) noexcept = default;
  ~hop_wait() {
    if (hop_.waiter == this) hop_.waiter = nullptr;
  }
  void on_wait() override {
    shard_impl& here = task().shard();
    hop_.origin = &here;
    hop_.origin_mail = here.mail();
    hop_.waiter = this;
    if (&here != &hop_.target) ++here.expected_io;
    try {
      if (!hop_.target_mail->post(hop_start{keep, hop_})) {
        throw std::logic_error{"comcp: run_on() to a shard that is gone"};
      }
      if (hop_.posted.exchange(hop::state::post::accepted) == hop::state::post::dropped) {
        std::rethrow_exception(shard_is_gone());
      }
    } catch (...) {
      if (&here != &hop_.target) --here.expected_io;
      hop_.waiter = nullptr;
      throw;
    }
  }
  bool on_cancel() noexcept override {
    // The body's end is waited for: it may use what the caller owns.
    post_surely(*hop_.target_mail, [h = keep, &s = hop_] {
      if (s.scope) s.scope->cancel("the caller on another shard was cancelled");
    });
    return false;
  }
  std::shared_ptr<hop> keep;
  hop::state& hop_;
};

}  // namespace

hop::hop(shard& target) : state_{std::make_unique<state>(target)} {}
hop::~hop() = default;

awaitable<void> hop::run(std::shared_ptr<hop> self, std::string_view name) {
  state_->name = name;
  return park(hop_wait{this_task(), std::move(self), *state_});
}

}  // namespace comcp::detail
