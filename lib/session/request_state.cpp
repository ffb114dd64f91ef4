#include "session/request_state.hpp"

#include <boost/asio/this_coro.hpp>

#include <functional>
#include <new>
#include <optional>
#include <utility>

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/jsonrpc/error_code.hpp"
#include "comcp/scope/detail/scope_guard.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/session/errors.hpp"
#include "scope/recycling.hpp"
#include "session/wire.hpp"

namespace comcp::detail {

request_state::request_state(jsonrpc::request_id request, const std::shared_ptr<outbox>& box)
    : id(std::move(request)), box_(box), slot_(outbox::reserve(box, id)) {}

std::shared_ptr<request_state> request_state::make(jsonrpc::request_id id,
                                                   const std::shared_ptr<outbox>& box) {
  return std::allocate_shared<request_state>(recycling_allocator<request_state>(), std::move(id),
                                             box);
}

rounds* request_state::known() const noexcept {
  if (apart) return &apart->known();
  return questions ? &questions->known() : run_again.get();
}

void request_state::end() noexcept {
  over_ = true;
  if (owner != nullptr) owner->request_over(id);
}

send_status request_state::answer(frame f) noexcept {
  if (!pending()) return send_status::closed;
  const send_status status = std::move(slot_).put(std::move(f));
  end();
  return status;
}

void request_state::answer_internal_error() noexcept {
  if (over_) return;
  std::move(slot_).put_internal_error();
  end();
}

void request_state::abandon() noexcept {
  if (over_) return;
  slot_.abandon();
  end();
}

// A cancellation from outside (the exchange is gone, the session ends) means that nobody may be sent
// anything, although nobody has told the request yet. Its own deadline or its own `cancel` leave it the
// right to answer.
bool request_state::pending() const noexcept {
  if (over_) return false;
  return scope_ == nullptr || !scope_->effectively_cancelled() || scope_->cancel_called();
}

responder request_state::make_responder() {
  has_responder_ = true;
  return responder(shared_from_this());
}

// While the handler runs, its end decides what becomes of the request: the drop is mostly part of the
// handler's unwinding, and what it threw is the better answer.
void request_state::responder_dropped() noexcept {
  has_responder_ = false;
  if (scope_ == nullptr) answer_internal_error();
}

void request_state::cancelled_by_peer(std::string_view reason) noexcept {
  abandon();
  if (scope_ != nullptr) scope_->cancel(reason);
}

void request_state::leave_limits() noexcept {
  permit.release();
  place.release();
}

namespace {

// spec: 2026-07-28 has a code and data for it; before, it was a matter of params. (S-MOD-05)
jsonrpc::error_object refusal(const capability_missing_error& e, const protocol::rules& rules) {
  const std::string message = "The client lacks a capability that this request needs";
  if (rules.era == protocol::era::legacy) {
    return jsonrpc::error_object(jsonrpc::error_code::invalid_params,
                                 message + ": " + jsonrpc::to_text(e.required()));
  }
  json::object data;
  data["requiredCapabilities"] = e.required();
  return jsonrpc::error_object(jsonrpc::error_code::missing_required_client_capability, message,
                               std::move(data));
}

// The answer that the handler chose by what it threw; nothing for everything else. A handler's own
// task group wraps what its children threw.
std::optional<jsonrpc::error_object> chosen_error(const std::exception_ptr& failure,
                                                  const protocol::rules& rules) {
  try {
    std::rethrow_exception(failure);
  } catch (const request_error& e) {
    return e.error();
  } catch (const capability_missing_error& e) {
    return refusal(e, rules);
  } catch (const exception_group& group) {
    if (auto inner = group.find<request_error>()) return chosen_error(inner, rules);
    if (auto inner = group.find<capability_missing_error>()) return chosen_error(inner, rules);
  } catch (...) {
  }
  return std::nullopt;
}

// The request's end, however the coroutine is left.
class request_end {
 public:
  explicit request_end(request_state& state) noexcept : state_(state) {}
  ~request_end() {
    state_.leave();
    state_.leave_limits();
    state_.charges.reset();
    if (!finished_) {
      state_.abandon();  // cancelled from outside
    } else if (!state_.has_responder()) {
      state_.answer_internal_error();
    }
  }
  request_end(const request_end&) = delete;
  request_end& operator=(const request_end&) = delete;
  void finished() noexcept { finished_ = true; }

 private:
  request_state& state_;
  bool finished_ = false;
};

void answer_out_of_time(request_state& state) noexcept {
  state.leave();
  try {
    const jsonrpc::error_object error(jsonrpc::error_code::internal_error,
                                      "The request took longer than the server allows");
    state.answer(error_frame(state.id, error));
  } catch (const std::bad_alloc&) {
    state.answer_internal_error();
  }
}

/// False: there is something to wait for.
bool enter_limits_now(request_state& state, semaphore* permits, const session_options& options) {
  if (permits != nullptr) {
    auto free = permits->try_acquire();
    if (!free) return false;
    state.permit = std::move(*free);
  }
  if (const auto& gate = options.gate()) {
    if (!gate->try_enter()) return false;
    state.place = gate_place(gate);
  }
  return true;
}

awaitable<void> enter_limits(request_state& state,
                             semaphore* permits,
                             const session_options& options) {
  state.permit.release();  // all or none
  state.place.release();
  if (permits != nullptr) {
    auto waited = co_await permits->acquire();
    state.permit = std::move(waited);
  }
  if (const auto& gate = options.gate()) {
    co_await gate->enter();
    state.place = gate_place(gate);
  }
}

}  // namespace

void request_state::answer_failure(const std::exception_ptr& failure) noexcept try {
  if (auto error = chosen_error(failure, *rules)) {
    answer(error_frame(id, *error));
    return;
  }
  if (log.enabled(log_level::warning)) {
    log.write_limited(log_level::warning, method + " failed: " + describe(failure),
                      this_shard().now());
  }
  answer_internal_error();
} catch (...) {  // no memory to say it better
  answer_internal_error();
}

// As with_cancel_scope() would, without its two coroutines: each costs more than the rest of this.
awaitable<void> run_request(json::arena_pool::lease memory,
                            std::shared_ptr<request_state> state,
                            jsonrpc::request request,
                            request_handler& handler,
                            semaphore* permits,
                            const session_options& options) {
  request_end at_end(*state);
  std::optional<scope_guard> guard;
  try {
    scope_options scope;
    scope.name(state->method).shield(state->shielded);
    if (options.request_timeout() > duration::zero()) scope.after(options.request_timeout());
    guard.emplace(scope);
    if (!guard->begin(co_await asio::this_coro::cancellation_state)) {
      guard->leave();  // an operand of && or ||: the handler gets a task of its own
      auto again = [&] {
        return run_request(std::move(memory), state, std::move(request), handler, permits, options);
      };
      co_await with_cancel_scope(std::ref(again));
    } else {
      try {
        if (!state->over()) {  // else it was cancelled before it began
          state->enter(guard->scope());
          request_context context(*state);
          if (auto refused = begin_interview(*state, request, handler)) {
            state->answer(error_frame(state->id, *refused));
          } else {
            if (!enter_limits_now(*state, permits, options))
              co_await enter_limits(*state, permits, options);
            auto handling =
                handler.on_request(std::move(request), state->make_responder(), context);
            co_await std::move(handling);
          }
        }
      } catch (...) {
        const std::exception_ptr failure = std::current_exception();
        // Aborted because somebody closed what it waited for is a failure like any other.
        if (guard->scope().effectively_cancelled() && is_cancelled(failure))
          guard->on_exception();
        else
          state->answer_failure(failure);
      }
      guard->leave();
    }
  } catch (const std::bad_alloc&) {  // before the handler, or behind it: the request's matter alone
    state->leave();
    state->answer_failure(std::current_exception());
  }
  state->leave();
  const bool late = guard && guard->why() == cancel_scope::cause::deadline;
  if (late && !state->over()) answer_out_of_time(*state);
  at_end.finished();
}

}  // namespace comcp::detail
