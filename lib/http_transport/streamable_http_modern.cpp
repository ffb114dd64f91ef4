// 2026-07-28: one request, one exchange, nothing in between.

#include <utility>

#include "comcp/protocol/methods.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/session/serve.hpp"
#include "http_transport/origin_info.hpp"
#include "http_transport/streamable_http_impl.hpp"

namespace comcp {

awaitable<void> streamable_http_server::impl::call(http::exchange ex,
                                                   detail::modern_call checked,
                                                   caller who) {
  detail::shard_part& part = *here();
  if (draining()) {
    const detail::refusal no = shutting_down().with_id(std::move(checked.request.id));
    co_return co_await refuse(std::move(ex), no);
  }
  part.counters.requests.fetch_add(1, std::memory_order_relaxed);
  const bool listens = checked.request.method == protocol::method::listen;
  auto how = replying(detail::reply_form::as_needed, protocol::era::modern);
  std::shared_ptr<outbox> box;
  if (listens) {
    how.form = detail::reply_form::stream;
    box = outbox::make(outbox_options()
                           .max_bytes(options_.conversation().max_outgoing_bytes())
                           .ends_with_last_answer(true));
  } else {
    box = make_box();
    if (options_.answers() == answer_form::json_only) how.form = detail::reply_form::json;
  }
  how.streams = &part.counters.streams;
  // The drain limit is over, or the handler gave its right to answer away unused.
  how.if_silent = [this, id = checked.request.id]() -> std::optional<detail::refusal> {
    if (draining()) return shutting_down().with_id(id);
    return detail::refusal(200, jsonrpc::error_object(jsonrpc::error_code::internal_error,
                                                      "The request has no answer"))
        .with_id(id);
  };

  session_options options = options_.conversation();
  options.on_behalf_of(std::move(who));
  options.origin(std::make_shared<detail::live_origin>(ex.request(), ex.peer()));
  const detail::open_exchange open(
      part, box,
      listens ? detail::open_exchange::at_drain::ends : detail::open_exchange::at_drain::may_finish,
      checked.request.method);
  // The exchange's scope is cancelled when the client leaves, and with it the handler (S-HTTP-20).
  auto serve_and_reply = [&](task_group& group) -> awaitable<void> {
    const std::string name = checked.request.method;
    group.start_soon(
        [&, r = std::move(checked.request), meta = std::move(checked.meta)]() mutable {
          return serve_stateless(std::move(r), std::move(meta), box, handler_, options);
        },
        name);
    detail::frame_source source(detail::feed_of(box), part.home);
    const auto end = co_await detail::reply(std::move(ex), std::move(source), std::move(how));
    // Answered, a handler may still tidy up; otherwise nobody wants its work.
    if (end == detail::reply_end::gone || box->pending_answers() != 0)
      group.cancel("the client is gone");
  };
  co_await with_task_group(serve_and_reply);
}

}  // namespace comcp
