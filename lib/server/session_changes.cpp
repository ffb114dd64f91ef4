#include "server/session_changes.hpp"

#include <list>
#include <utility>

#include "comcp/json/value.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/session/session.hpp"
#include "server/server_core.hpp"

namespace comcp::detail {

class session_changes::member {
 public:
  member(session& s, session_changes& owner) : session_(s), owner_(owner) {}
  ~member() { lagging(false); }
  member(const member&) = delete;
  member& operator=(const member&) = delete;

  void join(subscribers& all, change_filter wanted, std::size_t limit) {
    who_ = std::make_shared<subscriber>(this_shard(), std::move(wanted), limit, [this] { send(); });
    membership_.emplace(all.add(who_));
  }

  void send() {
    while (true) {
      if (unsent_.empty()) {
        auto fresh = who_->take_or_all();
        if (fresh.empty()) return lagging(false);
        unsent_.assign(std::make_move_iterator(fresh.begin()),
                       std::make_move_iterator(fresh.end()));
      }
      const change_event& next = unsent_.front();
      json::object params = params_of(next);
      const send_status status = session_.try_notify(
          method_of(next), params.empty() ? json::value() : json::value(std::move(params)));
      if (status == send_status::full) return lagging(true);
      unsent_.pop_front();
    }
  }

  subscribers::membership& place() noexcept { return *membership_; }

 private:
  void lagging(bool now) noexcept {
    if (std::exchange(lags_, now) == now) return;
    if (now)
      owner_.lagging_.fetch_add(1, std::memory_order_relaxed);
    else
      owner_.lagging_.fetch_sub(1, std::memory_order_relaxed);
  }

  session& session_;
  session_changes& owner_;
  std::shared_ptr<subscriber> who_;
  std::list<change_event> unsent_;  // nearly always empty, and then without memory
  bool lags_ = false;
  std::optional<subscribers::membership> membership_;  // last: ends first
};

session_changes::~session_changes() = default;

std::shared_ptr<session_changes::member> session_changes::find(session& s) const {
  const std::lock_guard held(mutex_);
  const auto at = members_.find(&s);
  return at == members_.end() ? nullptr : at->second;
}

void session_changes::add(session& s, change_filter wanted) {
  auto m = std::make_shared<member>(s, *this);
  m->join(all_, std::move(wanted), queue_limit_);
  const std::lock_guard held(mutex_);
  members_.insert_or_assign(&s, std::move(m));
}

void session_changes::remove(session& s) noexcept {
  std::shared_ptr<member> gone;  // dies outside of the lock
  const std::lock_guard held(mutex_);
  const auto at = members_.find(&s);
  if (at == members_.end()) return;
  gone = std::move(at->second);
  members_.erase(at);
}

session_changes::outcome session_changes::subscribe(session& s,
                                                    std::string_view uri,
                                                    std::size_t limit) {
  const auto m = find(s);
  if (!m) return outcome::no_session;
  return m->place().want(uri, limit) ? outcome::done : outcome::too_many;
}

void session_changes::unsubscribe(session& s, std::string_view uri) {
  if (const auto m = find(s)) m->place().want_no_more(uri);
}

void session_changes::catch_up(session& s) {
  if (const auto m = find(s)) m->send();
}

}  // namespace comcp::detail
