#include "comcp/session/serve.hpp"

#include <utility>
#include <vector>

#include "comcp/scope/detail/turn_end.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/session/session.hpp"
#include "json/arena.hpp"
#include "session/request_state.hpp"
#include "session/session_access.hpp"
#include "session/session_core.hpp"
#include "session/wire.hpp"
#include "transport/waiting_in.hpp"

namespace comcp {

namespace detail {

// A peer that always has more to say must not starve what it asked for.
constexpr int messages_per_turn = 16;
// What is ready leaves in one write, up to here.
constexpr std::size_t messages_per_write = 64;

/** One connection: readers, a writer and a session, in one task group.

    A reader runs the handlers of requests itself, one after the other. When one of them stops to wait for something,
    another task reads on, and this one ends with its handler. What is ready when a turn ends leaves at once, in one
    write; the writer only does what has to wait for the peer. So a request whose handler waits for nothing costs no
    task, no wake-up and no pass through the loop.
*/
class connection final : private outbox_listener {
 public:
  connection(transport& t, request_handler& handler, session_options options)
      : transport_(t),
        handler_(handler),
        session_(session::make(handler, std::move(options))),
        box_(outbox::make(outbox_options().max_bytes(session_->options().max_outgoing_bytes()))),
        decoder_(session_->options().codec_limits()) {
    texts_.reserve(messages_per_write);
    box_->listen(this);
    session_->attach_standalone(box_);
  }
  // Also when serving was cancelled.
  ~connection() {
    box_->listen(nullptr);
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
      group_ = &group;
      group.start_soon([this] { return converse(); }, "session");
      group.start_soon([this] { return write(); }, "writer");
      co_await read();
    });
  }

 private:
  template <void (connection::*Do)() noexcept>
  class when_turn_ends final : public turn_end {
   public:
    explicit when_turn_ends(connection& c) noexcept : connection_(c) {}

   private:
    void on_turn_end() noexcept override { (connection_.*Do)(); }
    connection& connection_;
  };

  awaitable<void> read() {
    for (int since_yield = 0;;) {
      if (!box_->has_room()) co_await box_->until_room();
      const read_result got = co_await transport_.read();
      if (got.what() == read_result::kind::end) break;
      auto begun = handle(got);
      if (begun.handling) {
        const session_access::visit visit(session_, std::move(begun.request));
        in_handler_ = true;
        reading_.at_turn_end(home_);
        co_await std::move(*begun.handling);
        if (!std::exchange(in_handler_, false)) co_return;  // another task reads
      }
      if (++since_yield == messages_per_turn) {
        since_yield = 0;
        co_await checkpoint();
      }
    }
    session_->drain("the peer closed the connection", session_->options().drain_limit(),
                    session::drain_cause::peer_left);
  }

  void let_another_read() noexcept try {
    if (!in_handler_) return;
    group_->start_soon([this] { return read(); }, "reader");
    in_handler_ = false;
  } catch (...) {  // no memory: perhaps a turn later, or when the handler has ended
    reading_.at_turn_end(home_);
  }

  /// A request's handler, for the reader; everything else is done.
  session_access::begun handle(const read_result& got) {
    if (got.what() == read_result::kind::oversize) {
      session_->deliver(jsonrpc::malformed(jsonrpc::error_object(
          jsonrpc::error_code::parse_error, "The message is longer than this server accepts")));
      return {};
    }
    {
      auto memory = handler_.copies_params() ? arenas_.take() : json::arena_pool::lease();
      jsonrpc::decoded body = decoder_.decode(got.text(), memory.storage());
      auto* message = std::get_if<jsonrpc::message>(&body);
      auto* request = message != nullptr ? std::get_if<jsonrpc::request>(message) : nullptr;
      if (request != nullptr && session_access::is_running(*session_))
        return session_access::begin(*session_, std::move(memory), std::move(*request), box_);
      if (!memory || std::holds_alternative<jsonrpc::malformed>(body)) {
        deliver(std::move(body));
        return {};
      }
    }
    deliver(decoder_.decode(got.text()));  // kept for longer than that memory
    return {};
  }

  void deliver(jsonrpc::decoded&& body) {
    std::visit([this](auto&& what) { session_->deliver(std::move(what)); }, std::move(body));
  }

  /// False: nothing is ready.
  bool collect() {
    while (texts_.size() < messages_per_write) {
      auto f = box_->try_next();
      if (!f) break;
      texts_.push_back(std::move(f->text));
    }
    return !texts_.empty();
  }

  // outbox_listener
  bool take(frame&) noexcept override { return false; }
  void queued() noexcept override {
    if (!writer_works_) writing_.at_turn_end(home_);
  }
  void finished() noexcept override { wake(writer_); }

  void write_what_is_ready() noexcept try {
    while (!writer_works_ && collect()) {
      if (!transport_.write_now(texts_)) return let_writer();
      texts_.clear();
    }
  } catch (...) {  // no memory: the writer meets it again, and ends
    let_writer();
  }

  void let_writer() noexcept {
    writer_works_ = true;
    wake(writer_);
  }

  awaitable<void> write() {
    while (collect() || !box_->closed()) {
      if (texts_.empty()) {
        writer_works_ = false;
        waiting_in wait(writer_);
        co_await wait.wake_up.wait();
        continue;
      }
      writer_works_ = true;
      const write_status status = co_await transport_.write(texts_);
      if (status == write_status::closed) break;
      texts_.clear();
    }
    writer_works_ = true;
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

  shard& home_ = this_shard();
  transport& transport_;
  request_handler& handler_;
  json::arena_pool arenas_;
  std::shared_ptr<session> session_;
  std::shared_ptr<outbox> box_;
  jsonrpc::decoder decoder_;
  task_group* group_ = nullptr;

  when_turn_ends<&connection::let_another_read> reading_{*this};
  bool in_handler_ = false;  // the task that reads is in a handler

  when_turn_ends<&connection::write_what_is_ready> writing_{*this};
  std::vector<std::string> texts_;  // being written
  bool writer_works_ = false;       // they are the writer's
  event* writer_ = nullptr;         // while it waits for work
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
  state->charges = detail::request_charges::make(request.bytes, nullptr, options.budget());
  return detail::run_request(json::arena_pool::lease(), std::move(state), std::move(request),
                             handler, nullptr, options);
}

}  // namespace comcp
