#include "session/detached.hpp"

#include "comcp/scope/with_scope.hpp"
#include "session/request_state.hpp"

namespace comcp {

namespace detail {

awaitable<json::value> detachment::ask(std::string method,
                                       json::value params,
                                       call_options options,
                                       answer_check check) {
  std::string key = known_.name(options.key());
  const json::value* before = nullptr;
  if (known_.find(key, rounds::mark(method, params), before) == rounds::finding::answered &&
      !check(*before))
    co_return *before;
  const question asked(std::move(key), std::move(method), std::move(params), std::move(options),
                       std::move(check));
  auto answer = channel_.ask(asked);
  co_return co_await std::move(answer);
}

namespace {

rounds answers_of(const request_state& from) {
  if (const rounds* known = from.known()) return known->replay();
  return rounds(round_keeper::of_process(), {});
}

}  // namespace
}  // namespace detail

detached_request::detached_request(const request_context& from, request_channel& channel) {
  const detail::request_state& original = detail::request_state::of(from);
  state_ = std::make_shared<detail::request_state>(original.id);
  state_->method = original.method;
  state_->meta = protocol::request_meta(original.meta);
  state_->rules = original.rules;
  state_->who = original.who;
  if (original.origin) state_->origin = original.origin->kept();
  state_->log = original.log;
  state_->charges = original.charges;
  session* const conversation = from.conversation();
  state_->apart = std::make_unique<detail::detachment>(
      channel, detail::answers_of(original),
      conversation != nullptr ? conversation->shared_from_this() : nullptr);
}

detached_request::~detached_request() = default;

awaitable<void> detached_request::run(std::function<awaitable<void>(request_context&)> body) {
  const auto state = state_;
  co_await with_cancel_scope([&](cancel_scope& scope) -> awaitable<void> {
    class presence {
     public:
      presence(detail::request_state& s, cancel_scope& inside) : state_(s) { s.enter(inside); }
      ~presence() { state_.leave(); }
      presence(const presence&) = delete;
      presence& operator=(const presence&) = delete;

     private:
      detail::request_state& state_;
    };
    const presence here(*state, scope);
    request_context context(*state);
    auto running = body(context);
    co_await std::move(running);
  });
}

}  // namespace comcp
