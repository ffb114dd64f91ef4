#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "comcp/scope/shard.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/transport/stdio.hpp"
#include "scope/io_wait.hpp"
#include "transport/descriptor.hpp"

namespace comcp {

namespace {

using detail::drive;
using detail::io_status;
using detail::unique_fd;
using descriptor = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;

// One direction of the stream: the descriptor, and how to wait for it.
class stream_end {
 public:
  stream_end(unique_fd given, detail::direction d, asio::io_context& context)
      : fd_(detail::make_private(std::move(given), d)),
        drive_(detail::drive_of(fd_.get())),
        flags_(fcntl(fd_.get(), F_GETFL)),
        waiter_(context) {
    if (drive_ == drive::always) return;
    if (drive_ == drive::pollable) fcntl(fd_.get(), F_SETFL, flags_ | O_NONBLOCK);
    waiter_.assign(fd_.get());
  }
  ~stream_end() { close(); }
  stream_end(const stream_end&) = delete;
  stream_end& operator=(const stream_end&) = delete;

  int fd() const noexcept { return fd_.get(); }
  drive how() const noexcept { return drive_; }
  bool closed() const noexcept { return !fd_; }

  // Ends with closed() when close was called meanwhile. A cancellation shows at the next await.
  awaitable<void> wait(asio::posix::descriptor_base::wait_type what) {
    if (drive_ == drive::always) {
      co_await checkpoint();
      co_return;
    }
    auto start = [this, what](auto handler) { waiter_.async_wait(what, std::move(handler)); };
    auto stop = [this]() noexcept {
      boost::system::error_code ignored;
      waiter_.cancel(ignored);
    };
    co_await park(detail::io_wait(detail::this_task(), "the stream", start, stop));
  }

  void close() noexcept {
    if (!fd_) return;
    // Where the description is shared after all, others get it back as they gave it.
    if (drive_ != drive::always && (flags_ & O_NONBLOCK) == 0) fcntl(fd_.get(), F_SETFL, flags_);
    if (waiter_.is_open()) waiter_.release();  // cancels the waits; the descriptor is fd_'s
    fd_ = unique_fd();
  }

 private:
  unique_fd fd_;
  drive drive_;
  int flags_;
  descriptor waiter_;
};

class stream_transport final : public transport {
 public:
  stream_transport(unique_fd in, unique_fd out, const stream_options& options)
      : in_(std::move(in), detail::direction::in, this_shard().context()),
        out_(std::move(out), detail::direction::out, this_shard().context()),
        lines_(options.max_line_bytes()) {}
  ~stream_transport() override { stream_transport::close(); }

  awaitable<read_result> read() override {
    for (;;) {
      if (in_.closed()) co_return read_result::end();
      switch (lines_.next()) {
        case line_splitter::event::line:
          co_return read_result::message(lines_.text());
        case line_splitter::event::oversize:
          co_return read_result::oversize();
        case line_splitter::event::end:
          co_return read_result::end();
        case line_splitter::event::need_more:
          break;
      }
      if (drained_) {
        co_await in_.wait(asio::posix::descriptor_base::wait_read);
        if (in_.closed()) co_return read_result::end();
      }
      fill();
    }
  }

  awaitable<write_status> write(std::span<const std::string> messages) override {
    if (out_.closed() || broken_) co_return write_status::closed;
    broken_ = true;  // until all is out: a cancelled write leaves half a line behind
    put_pieces(messages);
    std::span<iovec> rest = without(pieces_, std::exchange(out_already_, 0));
    while (!rest.empty()) {
      const auto result = detail::write_some(out_.fd(), out_.how(), rest);
      if (result.status == io_status::closed) co_return write_status::closed;
      if (result.status == io_status::done) {
        rest = without(rest, result.bytes);
        if (out_.how() != drive::always) continue;
      }
      co_await out_.wait(asio::posix::descriptor_base::wait_write);
      if (out_.closed()) co_return write_status::closed;
    }
    broken_ = false;
    co_return write_status::written;
  }

  bool write_now(std::span<const std::string> messages) noexcept override try {
    if (out_.closed() || broken_ || out_.how() == drive::always) return false;
    put_pieces(messages);
    const auto result = detail::write_some(out_.fd(), out_.how(), pieces_);
    if (result.status != io_status::done) return false;
    if (result.bytes == size_of(pieces_)) return true;
    out_already_ = result.bytes;
    return false;
  } catch (...) {  // no memory
    return false;
  }

  void close() noexcept override {
    in_.close();
    out_.close();
  }

 private:
  void fill() {
    const auto space = lines_.space();
    const auto result = detail::read_some(in_.fd(), in_.how(), space);
    switch (result.status) {
      case io_status::done:
        lines_.filled(result.bytes);
        // A short read has emptied the pipe: asking again would only say "would block".
        drained_ = result.bytes < space.size() || in_.how() == drive::always;
        break;
      case io_status::would_block:
        drained_ = true;
        break;
      case io_status::closed:
        lines_.finish();
        break;
    }
  }

  void put_pieces(std::span<const std::string> messages) {
    static char newline[] = "\n";
    pieces_.clear();
    for (const std::string& text : messages) {
      pieces_.push_back({const_cast<char*>(text.data()), text.size()});  // writev only reads it
      pieces_.push_back({newline, 1});
    }
  }

  static std::size_t size_of(std::span<const iovec> pieces) noexcept {
    std::size_t size = 0;
    for (const iovec& piece : pieces)
      size += piece.iov_len;
    return size;
  }

  static std::span<iovec> without(std::span<iovec> pieces, std::size_t bytes) {
    while (!pieces.empty() && bytes >= pieces.front().iov_len) {
      bytes -= pieces.front().iov_len;
      pieces = pieces.subspan(1);
    }
    if (bytes > 0) {
      pieces.front().iov_base = static_cast<char*>(pieces.front().iov_base) + bytes;
      pieces.front().iov_len -= bytes;
    }
    return pieces;
  }

  stream_end in_;
  stream_end out_;
  line_splitter lines_;
  std::vector<iovec> pieces_;
  std::size_t out_already_ = 0;  // bytes of what is written next: see write_now
  bool drained_ = false;
  bool broken_ = false;
};

unique_fd duplicate(int fd, const char* what) {
  unique_fd copy(fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!copy) throw std::system_error(errno, std::generic_category(), what);
  return copy;
}

void point(int fd, int to) {
  if (dup2(to, fd) < 0) {
    throw std::system_error(errno, std::generic_category(), "redirecting a standard stream");
  }
}

}  // namespace

std::unique_ptr<transport> make_stream_transport(int in, int out, stream_options options) {
  unique_fd input(in);
  unique_fd output(in == out ? duplicate(in, "duplicating a descriptor").release() : out);
  return std::make_unique<stream_transport>(std::move(input), std::move(output), options);
}

std::unique_ptr<transport> take_stdio(stream_options options) {
  unique_fd input = duplicate(STDIN_FILENO, "standard input can't be used");
  unique_fd output = duplicate(STDOUT_FILENO, "standard output can't be used");
  unique_fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null) throw std::system_error(errno, std::generic_category(), "opening /dev/null");
  point(STDIN_FILENO, null.get());
  point(STDOUT_FILENO, fcntl(STDERR_FILENO, F_GETFD) >= 0 ? STDERR_FILENO : null.get());
  return std::make_unique<stream_transport>(std::move(input), std::move(output), options);
}

}  // namespace comcp
