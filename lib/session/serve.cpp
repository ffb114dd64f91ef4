#include "comcp/session/serve.hpp"

#include <utility>
#include <vector>

#include "comcp/scope/event.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/session/session.hpp"
#include "session/request_state.hpp"
#include "session/session_core.hpp"
#include "session/wire.hpp"

namespace comcp {

namespace detail {

// A peer that always has more to say must not starve what it asked for.
constexpr int messages_per_turn = 16;
// What is ready leaves in one write, up to here.
constexpr std::size_t messages_per_write = 64;

// One connection: a reader, a writer and a session, in one task group.
class connection {
 public:
  connection(transport& t, request_handler& handler, session_options options)
      : transport_(t),
        session_(session::make(handler, std::move(options))),
        box_(outbox::make(outbox_options().max_bytes(session_->options().max_outgoing_bytes()))),
        decoder_(session_->options().codec_limits()) {
    session_->attach_standalone(box_);
  }
  // Also when serving was cancelled.
  ~connection() {
    box_->close();
    transport_.close();
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  void obey(connection_control& control) {
    control.session_ = session_;
    if (control.wanted_) session_->drain(control.wanted_->first, control.wanted_->second);
  }

  awaitable<void> run() {
    co_await with_task_group([this](task_group& group) -> awaitable<void> {
      group.start_soon([this] { return converse(); }, "session");
      group.start_soon([this] { return write(); }, "writer");
      co_await read();
      session_->drain("the peer closed the connection", session_->options().drain_limit(),
                      session::drain_cause::peer_left);
    });
  }

 private:
  awaitable<void> read() {
    for (int since_yield = 0;;) {
      if (!box_->has_room()) co_await box_->until_room();
      const read_result got = co_await transport_.read();
      if (got.what() == read_result::kind::end) co_return;
      take(got);
      if (++since_yield == messages_per_turn) {
        since_yield = 0;
        co_await checkpoint();
      }
    }
  }

  void take(const read_result& got) {
    if (got.what() == read_result::kind::oversize) {
      session_->deliver(jsonrpc::malformed(jsonrpc::error_object(
          jsonrpc::error_code::parse_error, "The message is longer than this server accepts")));
      return;
    }
    std::visit([this](auto&& what) { session_->deliver(std::move(what)); },
               decoder_.decode(got.text()));
  }

  awaitable<void> write() {
    std::vector<std::string> texts;
    while (auto f = co_await box_->next()) {
      texts.clear();
      texts.push_back(std::move(f->text));
      while (texts.size() < messages_per_write && (f = box_->try_next())) {
        texts.push_back(std::move(f->text));
      }
      const write_status status = co_await transport_.write(texts);
      if (status == write_status::closed) break;
    }
    all_written_.set();
    box_->close();
    session_->close("the peer is gone");
    transport_.close();  // ends the reader
  }

  // When the session is over, what was answered still gets out, unless the peer doesn't read.
  awaitable<void> converse() {
    co_await session_->run();
    box_->finish();
    const duration limit = session_->options().drain_limit();
    co_await move_on_after(limit, [this] { return all_written_.wait(); });
    transport_.close();
  }

  transport& transport_;
  std::shared_ptr<session> session_;
  std::shared_ptr<outbox> box_;
  jsonrpc::decoder decoder_;
  event all_written_;
};

}  // namespace detail

void connection_control::drain(std::string_view reason, duration limit) {
  wanted_.emplace(reason, limit);
  if (const auto serving = session_.lock()) serving->drain(reason, limit);
}

awaitable<void> serve(transport& peer,
                      request_handler& handler,
                      session_options options,
                      connection_control* control) {
  detail::connection c(peer, handler, std::move(options));
  if (control != nullptr) c.obey(*control);
  co_await c.run();
}

namespace {

awaitable<void> settled() {
  co_return;
}

}  // namespace

awaitable<void> serve_stateless(jsonrpc::request request,
                                std::shared_ptr<outbox> box,
                                request_handler& handler,
                                const session_options& options) {
  auto admitted = detail::admit_modern(request);
  if (auto* error = std::get_if<jsonrpc::error_object>(&admitted)) {
    frame refusal = detail::error_frame(request.id, *error);
    outbox::reserve(box, std::move(request.id)).put(std::move(refusal));
    co_return;
  }
  co_await serve_stateless(std::move(request),
                           std::get<protocol::request_meta>(std::move(admitted)), std::move(box),
                           handler, options, options.on_behalf_of(), options.origin());
}

awaitable<void> serve_stateless(jsonrpc::request&& request,
                                protocol::request_meta&& checked,
                                std::shared_ptr<outbox> box,
                                request_handler& handler,
                                const session_options& options,
                                std::shared_ptr<const principal> who,
                                std::shared_ptr<const request_origin> origin) {
  auto state = detail::request_state::make(request.id, box);
  if (auto error = detail::refuse_method(request.method, *checked.rules)) {
    state->answer(detail::error_frame(request.id, *error));
    return settled();
  }
  state->meta = std::move(checked);
  state->rules = state->meta.rules;
  state->method = request.method;
  state->who = std::move(who);
  state->origin = std::move(origin);
  state->log = options.log();
  return detail::run_request(json::arena_pool::lease(), std::move(state), std::move(request),
                             handler, nullptr, options);
}

}  // namespace comcp
