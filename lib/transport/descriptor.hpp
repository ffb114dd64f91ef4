#ifndef COMCP_LIB_TRANSPORT_DESCRIPTOR_HPP
#define COMCP_LIB_TRANSPORT_DESCRIPTOR_HPP

// System calls of the line transport, without coroutines: what kind of thing a descriptor is, how it
// can be had privately, reading and writing without blocking and without SIGPIPE.

#include <sys/uio.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace comcp::detail {

/// Owns a file descriptor.
class unique_fd {
 public:
  unique_fd() = default;
  explicit unique_fd(int fd) noexcept : fd_(fd) {}
  unique_fd(unique_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  unique_fd& operator=(unique_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~unique_fd();

  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

enum class direction : std::uint8_t { in, out };

/// How one end must be driven.
enum class drive : std::uint8_t {
  socket,    ///< recv/send with MSG_DONTWAIT and MSG_NOSIGNAL
  pollable,  ///< read/write, non-blocking, after epoll said so: pipes, terminals
  always     ///< epoll refuses it: regular files, /dev/null; it never makes us wait for long
};

drive drive_of(int fd);

/** A descriptor on the same thing whose O_NONBLOCK flag is nobody else's, non-blocking.

    The flag belongs to the open file description, which a terminal shares with the shell and stdout
    often shares with stderr: setting it there makes *their* writes fail with EAGAIN. Pipes and
    terminals can be opened anew through /proc; then `fd` is closed and replaced. Where that is refused
    (sockets, another user's terminal, no /proc) the given one is returned. */
unique_fd make_private(unique_fd fd, direction d);

enum class io_status : std::uint8_t { done, would_block, closed };
struct io_result {
  io_status status;
  std::size_t bytes;  // of `done`; 0 from a read is never `done`
};

/// Any error of a read is the end of the input.
io_result read_some(int fd, drive d, std::span<char> into) noexcept;
/// A gone reader is `closed`; the calling thread never gets SIGPIPE for it.
io_result write_some(int fd, drive d, std::span<const iovec> pieces) noexcept;
/// Assumed until the kernel says no; then its signal is held back by us. Tests set it to have the one or the other.
std::atomic<bool>& kernel_can_hold_back_signals() noexcept;

}  // namespace comcp::detail

#endif
