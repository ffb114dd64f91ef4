// 2026-07-28: one request, one exchange, nothing in between.

#include <boost/asio/this_coro.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "comcp/protocol/methods.hpp"
#include "comcp/scope/detail/rare_tasks.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/session/serve.hpp"
#include "http/expect_silence.hpp"
#include "http_transport/direct_exchange.hpp"
#include "http_transport/origin_info.hpp"
#include "http_transport/streamable_http_impl.hpp"
#include "scope/prepared.hpp"
#include "scope/recycling.hpp"

namespace comcp {

class streamable_http_server::impl::modern_exchange final : public detail::direct_exchange {
 public:
  modern_exchange(http::exchange ex,
                  impl& server,
                  const jsonrpc::request_id& id,
                  std::string_view method,
                  std::shared_ptr<outbox> box)
      : direct_exchange(
            std::move(ex), *server.here(), handler_of::exchange, std::move(box), method),
        server_(server),
        id_(id) {}

 private:
  detail::reply_options how() override { return server_.replying_modern(id_); }
  std::shared_ptr<detail::feed> frames() override { return detail::feed_of(box()); }
  bool keeps_events() const noexcept override { return false; }

  impl& server_;
  const jsonrpc::request_id& id_;
};

awaitable<void> streamable_http_server::impl::call(http::exchange ex,
                                                   detail::modern_call&& checked,
                                                   caller who,
                                                   json::arena_pool::lease&& memory) {
  if (draining()) {
    const detail::refusal no = shutting_down().with_id(std::move(checked.request.id));
    return refuse(std::move(ex), no);
  }
  here()->counters.requests.fetch_add(1, std::memory_order_relaxed);
  if (checked.request.method == protocol::method::listen)
    return subscribe(std::move(ex), std::move(checked), std::move(who));
  auto seen = std::allocate_shared<detail::live_origin>(
      detail::recycling_allocator<detail::live_origin>(), ex.request(), ex.peer());
  auto box = make_box();
  jsonrpc::request_id id = checked.request.id;
  std::string method = checked.request.method;
  auto handling =
      serve_stateless(std::move(checked.request), std::move(checked.meta), box, handler_,
                      options_.conversation(), std::move(who), std::move(seen));
  return answer_modern(std::move(memory), std::move(ex), std::move(id), std::move(method),
                       std::move(box), std::move(handling));
}

detail::reply_options streamable_http_server::impl::replying_modern(const jsonrpc::request_id& id) {
  auto how = replying(detail::reply_form::as_needed, protocol::era::modern);
  how.streams = &here()->counters.streams;
  if (options_.answers() == answer_form::json_only) how.form = detail::reply_form::json;
  // The drain limit is over, or the handler gave its right to answer away unused.
  how.if_silent = [this, id]() -> std::optional<detail::refusal> {
    if (draining()) return shutting_down().with_id(id);
    return detail::refusal(200, jsonrpc::error_object(jsonrpc::error_code::internal_error,
                                                      "The request has no answer"))
        .with_id(id);
  };
  return how;
}

// The handler runs in this task: when the client leaves, the exchange's scope is cancelled, and with it the
// handler (S-HTTP-20).
awaitable<void> streamable_http_server::impl::answer_modern(json::arena_pool::lease memory,
                                                            http::exchange ex,
                                                            jsonrpc::request_id id,
                                                            std::string method,
                                                            std::shared_ptr<outbox> box,
                                                            awaitable<void> handling) {
  detail::rare_tasks tasks;
  if (!tasks.begin(co_await asio::this_coro::cancellation_state)) {
    tasks.leave();  // somebody's handler has us as an operand of && or ||
    auto again = [&] {
      return answer_modern(std::move(memory), std::move(ex), std::move(id), std::move(method),
                           std::move(box), std::move(handling));
    };
    co_await with_cancel_scope(std::ref(again));
    co_return;
  }
  modern_exchange exchange(std::move(ex), *this, id, method, std::move(box));
  try {
    exchange.begin(tasks.group(), silence_until_stream());
    co_await std::move(handling);
    if (!exchange.is_served()) co_await exchange.finish();
  } catch (...) {
    tasks.host_failed();
  }
  while (tasks.running())
    co_await tasks.join();
  tasks.finish();
}

/// What is queued, as an event stream from the beginning.
awaitable<detail::reply_end> streamable_http_server::impl::stream_of(
    http::exchange ex, const std::shared_ptr<outbox>& box, const jsonrpc::request_id& id) {
  auto how = replying_modern(id);
  how.form = detail::reply_form::stream;
  http::detail::expect_silence(ex);
  return detail::reply(std::move(ex), detail::frame_source(detail::feed_of(box), here()->home),
                       std::move(how));
}

// A task of its own fills the stream.
awaitable<void> streamable_http_server::impl::subscribe(http::exchange ex,
                                                        detail::modern_call checked,
                                                        caller who) {
  const auto box = outbox::make(outbox_options()
                                    .max_bytes(options_.conversation().max_outgoing_bytes())
                                    .ends_with_last_answer(true));
  const detail::live_origin origin(ex.request(), ex.peer());
  const std::shared_ptr<const request_origin> seen(std::shared_ptr<void>(), &origin);
  const detail::open_exchange open(*here(), box, detail::open_exchange::at_drain::ends,
                                   checked.request.method);
  auto serve_and_reply = [&](task_group& group) -> awaitable<void> {
    auto replying = stream_of(std::move(ex), box, checked.request.id);
    auto handling = serve_stateless(std::move(checked.request), std::move(checked.meta), box,
                                    handler_, options_.conversation(), std::move(who), seen);
    group.start_soon(detail::prepared(std::move(handling)), protocol::method::listen);
    const auto end = co_await std::move(replying);
    if (end == detail::reply_end::gone || box->pending_answers() != 0)
      group.cancel("the client is gone");
  };
  co_await with_task_group(serve_and_reply);
}

}  // namespace comcp
