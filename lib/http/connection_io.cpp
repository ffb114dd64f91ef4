// The connection's reads and writes, bodies, and the plans of what is written.
#include <boost/asio/error.hpp>

#include <algorithm>
#include <charconv>

#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/detail/turn_end.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/with_scope.hpp"
#include "http/connection.hpp"

namespace comcp::http {

namespace {

// Enough to notice that the client leaves.
constexpr std::size_t silent_read_bytes = 64;
constexpr std::size_t small_read_bytes = std::size_t{4} * 1024;
constexpr std::size_t large_read_bytes = std::size_t{64} * 1024;

/// An interim status would leave the client waiting; what is no status at all is a handler's error.
int final_status(int status) noexcept {
  return status >= 200 && status <= 999 ? status : 500;
}

}  // namespace

void gather::consume(std::size_t n) noexcept {
  while (n > 0 && begin_ != end_) {
    auto& front = buffers_[begin_];
    const auto part = std::min(n, front.size());
    front += part;
    n -= part;
    if (front.size() == 0) ++begin_;
  }
}

/// Waits for the read under way, or starts one. Cancelled, the read goes on.
class read_wait final : public comcp::detail::operation<read_wait, void> {
 public:
  read_wait(comcp::detail::task_ctx& task, connection& c) noexcept
      : operation<read_wait, void>(task, "bytes from the peer"), connection_(c) {}

 private:
  void on_wait() override {
    connection_.begin_read();
    if (connection_.input_ended_) return wake();
    connection_.readers_.push_back(*this);
  }
  connection& connection_;
};

/// Writes once. The buffers are the waiting frame's: cancelled, it closes the wire and waits for the
/// operation to let go of them.
class write_wait final : public comcp::detail::operation<write_wait, void> {
 public:
  write_wait(comcp::detail::task_ctx& task, connection& c, gather& what) noexcept
      : operation<write_wait, void>(task, "the peer to read"), connection_(c), what_(what) {}

 private:
  void on_wait() override {
    connection_.wire_->start_write(what_.buffers(), connection_.shared_from_this());
    connection_.writers_.push_back(*this);
  }
  bool on_cancel() noexcept override {
    connection_.wire_->close();
    connection_.writers_.push_back(*this);
    return false;
  }
  connection& connection_;
  gather& what_;
};

awaitable<void> connection::readable() {
  return park(read_wait(comcp::detail::this_task(), *this));
}

void connection::begin_read() {
  if (reading_ || input_ended_) return;
  auto wanted = silent_ && input_.empty() ? silent_read_bytes : small_read_bytes;
  if ((phase_ == phase::exchange || phase_ == phase::leftover) && !body_.done())
    wanted = body_.knows_length() ? static_cast<std::size_t>(std::clamp<std::uint64_t>(
                                        body_.left(), small_read_bytes, large_read_bytes))
                                  : large_read_bytes / 4;
  const auto room = input_.prepare(wanted);
  wire_->start_read(room, shared_from_this());
  reading_ = true;
}

void connection::watch() {
  watching_ = true;
  if (input_ended_) note_gone();
  go_on_watching();
}

void connection::stream_began() {
  if (silent_) std::string().swap(head_);  // frees it
  watch();
}

void connection::go_on_watching() {
  if (peer_is_gone()) return;
  if (!input_ended_ && input_.size() < limits().max_read_ahead_bytes()) {
    begin_read();
  } else if (!reading_ && !watching_reset_) {
    wire_->start_watch(shared_from_this());
    watching_reset_ = true;
  }
}

void connection::note_gone() noexcept {
  if (peer_is_gone() && state_) state_->peer_gone();
}

void connection::on_read(error_code ec, std::size_t size) noexcept {
  const comcp::detail::loop_turn turn(service_->home.impl());
  reading_ = false;
  input_.commit(size);
  if (ec) {
    input_ended_ = true;
    if (ec != asio::error::eof) reset_ = broken_ = true;
    note_gone();
  }
  if (watching_) {
    try {
      go_on_watching();
    } catch (...) {  // no memory to notice its end with
      give_up();
    }
  }
  while (!readers_.empty())
    readers_.front().wake();
}

/// As if the peer had reset the connection.
void connection::give_up() noexcept {
  input_ended_ = reset_ = broken_ = true;
  note_gone();
}

void connection::on_reset() noexcept {
  watching_reset_ = false;
  give_up();
  while (!readers_.empty())
    readers_.front().wake();
}

void connection::on_write(error_code ec, std::size_t size) noexcept {
  write_error_ = ec;
  written_ = size;
  while (!writers_.empty())
    writers_.front().wake();
}

std::optional<std::string_view> connection::body_here(std::size_t limit) noexcept {
  if (body_broken_) return std::nullopt;
  const auto all = body_.take_whole(input_.data(), limit);
  if (!all) return std::nullopt;
  input_.consume(all->size());
  continue_pending_ = false;
  return all;
}

awaitable<read_body_result> connection::read_body(std::shared_ptr<connection> self,
                                                  std::size_t limit) {
  connection& c = *self;
  read_body_result result;
  if (c.body_.done()) co_return result;
  if (c.body_broken_ || c.body_.exceeds(limit)) {
    result.status = c.body_broken_ ? body_status::malformed : body_status::too_large;
    co_return result;
  }
  c.body_broken_ = true;  // until all of it is here
  if (c.body_.knows_length())
    result.body.reserve(
        static_cast<std::size_t>(std::min<std::uint64_t>(c.body_.left(), 64 * 1024)));
  switch (c.take_body(result.body, limit)) {
    case body_reader::progress::done:
      break;
    case body_reader::progress::malformed:
      result.status = body_status::malformed;
      break;
    case body_reader::progress::too_large:
      result.status = body_status::too_large;
      break;
    case body_reader::progress::need_more:
      result.status = co_await c.read_body_rest(result.body, limit);
      break;
  }
  if (result)
    c.body_broken_ = c.continue_pending_ = false;
  else
    result.body.clear();
  co_return result;
}

bool arriving_body::grow_to(std::size_t bytes) noexcept {
  constexpr std::size_t small = std::size_t{64} * 1024;
  if (bytes <= small) return true;
  service_.arriving_bytes += bytes - counted_;
  counted_ = bytes;
  return service_.arriving_bytes <= service_.options.limits().max_arriving_bytes() ||
         service_.arriving_bytes == counted_;  // alone
}

awaitable<body_status> connection::read_body_rest(std::string& out, std::size_t limit) {
  if (std::exchange(continue_pending_, false) && out.empty()) {
    gather go_on;
    go_on.add("HTTP/1.1 100 Continue\r\n\r\n");
    bool told = write_now(go_on);
    if (!told) told = co_await write_rest(go_on);
    if (!told) co_return body_status::disconnected;
  }
  auto status = body_status::timed_out;
  arriving_body share(*service_);
  const auto loop = [&]() -> awaitable<void> {
    for (;;) {
      if (!share.grow_to(out.size())) {
        status = body_status::no_room;
        co_return;
      }
      if (input_ended_) {
        status = body_status::disconnected;
        co_return;
      }
      co_await readable();
      const auto progress = take_body(out, limit);
      if (progress == body_reader::progress::need_more) continue;
      status = progress == body_reader::progress::done        ? body_status::complete
               : progress == body_reader::progress::too_large ? body_status::too_large
                                                              : body_status::malformed;
      co_return;
    }
  };
  co_await move_on_after(or_none(limits().body_timeout()), loop, scope_options().name("body"));
  co_return status;
}

body_reader::progress connection::take_body(std::string& out, std::size_t limit) {
  std::size_t taken = 0;
  const auto progress = body_.read(input_.data(), taken, out, limit);
  input_.consume(taken);
  return progress;
}

bool connection::write_now(gather& what) noexcept {
  error_code ec;
  what.consume(wire_->try_write(what.buffers(), ec));
  if (ec) reset_ = true;
  broken_ = ec || !what.empty();  // in the second case until write_rest has done its work
  return !broken_;
}

// A peer that takes a byte now and then would hold whoever writes for as long as it likes.
constexpr std::size_t least_progress = std::size_t{16} * 1024;

awaitable<bool> connection::write_rest(gather& what) {
  if (reset_ || cut_) co_return false;
  struct while_writing {
    connection& self;
    explicit while_writing(connection& c) noexcept : self(c) { self.writing_ = true; }
    ~while_writing() { self.writing_ = false; }
  };
  const while_writing mark(*this);
  std::size_t written = 0;  // since the deadline was set
  const auto loop = [&](cancel_scope& scope) -> awaitable<void> {
    while (!what.empty() && !reset_) {
      co_await park(write_wait(comcp::detail::this_task(), *this, what));
      if (write_error_) {
        reset_ = true;
      } else {
        what.consume(written_);
        written += written_;
        if (written < least_progress) continue;
        written = 0;
        scope.deadline(time_after(service_->home.now(), or_none(limits().write_timeout())));
      }
    }
  };
  co_await move_on_after(or_none(limits().write_timeout()), loop, scope_options().name("write"));
  broken_ = reset_ || cut_ || !what.empty();
  if (!what.empty()) {
    note_gone();
    // The write ended by itself, with the wire closed: a cancellation from outside goes on here.
    if (current_scope().effectively_cancelled()) co_await checkpoint();
  }
  co_return !broken_;
}

void connection::cut() noexcept {
  if (cut_) return;
  cut_ = broken_ = true;
  wire_->cut();
}

void connection::plan_response(
    gather& out, int status, const fields& headers, std::string_view body, const fields& common) {
  status = final_status(status);
  const bool bodiless = status == 204 || status == 304;
  close_after_ = must_close(headers);
  head_plan plan;
  plan.how = bodiless ? head_plan::body::none : head_plan::body::sized;
  plan.length = body.size();
  plan.version = version_;
  plan.close = close_after_;
  head_.clear();
  append_head(head_, status, headers, common, plan, http_date());
  out.add(head_);
  if (!bodiless && !head_request_) out.add(body);
}

void connection::plan_response(gather& out,
                               const prepared_head& head,
                               std::string_view body,
                               const fields& common) {
  if (!common.empty() || version_ < 11 || must_close(head.headers()))
    return plan_response(out, head.status(), head.headers(), body, common);
  close_after_ = false;
  head_.clear();
  head.append_to(head_, body.size(), http_date());
  out.add(head_);
  if (!head_request_) out.add(body);
}

void connection::plan_stream(gather& out, int status, const fields& headers, const fields& common) {
  status = final_status(status);
  const bool bodiless = status == 204 || status == 304;
  chunked_ = version_ >= 11;
  stream_body_ = !bodiless && !head_request_;
  close_after_ = must_close(headers) || (stream_body_ && !chunked_);
  head_plan plan;
  plan.how = bodiless   ? head_plan::body::none
             : chunked_ ? head_plan::body::chunked
                        : head_plan::body::until_close;
  plan.version = version_;
  plan.close = close_after_;
  head_.clear();
  append_head(head_, status, headers, common, plan, http_date());
  out.add(head_);
}

bool connection::plan_chunk(gather& out, std::span<const std::string_view> pieces) {
  std::size_t size = 0;
  for (const auto piece : pieces)
    size += piece.size();
  if (size == 0) return false;  // a chunk of size 0 would be the end
  if (chunked_) {
    auto* end = std::to_chars(chunk_head_.data(), chunk_head_.data() + 16, size, 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    out.add({chunk_head_.data(), static_cast<std::size_t>(end - chunk_head_.data())});
  }
  for (const auto piece : pieces)
    out.add(piece);
  if (chunked_) out.add("\r\n");
  return true;
}

void connection::plan_end(gather& out) {
  if (stream_body_ && chunked_) out.add("0\r\n\r\n");
}

}  // namespace comcp::http
