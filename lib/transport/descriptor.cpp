#include "transport/descriptor.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <ctime>

namespace comcp::detail {

std::atomic<bool>& kernel_can_hold_back_signals() noexcept {
  static std::atomic<bool> can{true};
  return can;
}

namespace {

// Holds back SIGPIPE of this thread for the time of one write, and takes it away if the write raised
// it. Setting SIG_IGN for the process would be inherited by the children of the user's handlers.
class sigpipe_guard {
 public:
  sigpipe_guard() noexcept {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    was_blocked_ = sigismember(&before_, SIGPIPE) != 0;
    if (!was_blocked_) return;  // then none can pend
    sigset_t pending;
    sigpending(&pending);
    pended_ = sigismember(&pending, SIGPIPE) != 0;
  }
  ~sigpipe_guard() {
    if (raised_ && !pended_) {  // one that pended already is somebody else's
      const timespec at_once{};
      while (sigtimedwait(&pipe_, nullptr, &at_once) < 0 && errno == EINTR) {
      }
    }
    if (!was_blocked_) pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    errno = error_;
  }
  sigpipe_guard(const sigpipe_guard&) = delete;
  sigpipe_guard& operator=(const sigpipe_guard&) = delete;

  /// What `errno` is afterwards.
  void keep_error(int e) noexcept { error_ = e; }
  void raised() noexcept { raised_ = true; }

 private:
  sigset_t pipe_;
  sigset_t before_{};
  bool was_blocked_ = false;
  bool pended_ = false;
  bool raised_ = false;
  int error_ = 0;
};

bool would_block(int error) noexcept {
  return error == EAGAIN || error == EWOULDBLOCK;
}

/// As writev, without SIGPIPE. Linux 6.18 has a flag for that.
ssize_t write_without_signal(int fd, const iovec* pieces, int count) noexcept {
#ifdef __linux__
  constexpr int nosignal = 0x100;  // RWF_NOSIGNAL, newer than our headers
  if (kernel_can_hold_back_signals().load(std::memory_order_relaxed)) {
    const ssize_t written = ::pwritev2(fd, pieces, count, -1, nosignal);
    const bool unknown = written < 0 && (errno == EOPNOTSUPP || errno == EINVAL ||
                                         errno == ENOSYS || errno == EPERM);
    if (!unknown) return written;
    kernel_can_hold_back_signals().store(false, std::memory_order_relaxed);
  }
#endif
  sigpipe_guard guard;
  const ssize_t written = ::writev(fd, pieces, count);
  guard.keep_error(errno);
  if (written < 0 && errno == EPIPE) guard.raised();
  return written;
}

}  // namespace

unique_fd::~unique_fd() {
  if (fd_ >= 0) ::close(fd_);
}

drive drive_of(int fd) {
  struct stat about{};
  if (fstat(fd, &about) == 0) {
    if (S_ISSOCK(about.st_mode)) return drive::socket;
    if (S_ISREG(about.st_mode)) return drive::always;
  }
  unique_fd probe(epoll_create1(EPOLL_CLOEXEC));
  epoll_event nothing{};
  if (probe && epoll_ctl(probe.get(), EPOLL_CTL_ADD, fd, &nothing) < 0 && errno == EPERM) {
    return drive::always;
  }
  return drive::pollable;
}

unique_fd make_private(unique_fd fd, direction d) {
  if (drive_of(fd.get()) != drive::pollable) return fd;
  char path[32];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd.get());
  const int mode = d == direction::in ? O_RDONLY : O_WRONLY;
  unique_fd own(::open(path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  return own ? std::move(own) : std::move(fd);
}

io_result read_some(int fd, drive d, std::span<char> into) noexcept {
  for (;;) {
    const ssize_t count = d == drive::socket ? ::recv(fd, into.data(), into.size(), MSG_DONTWAIT)
                                             : ::read(fd, into.data(), into.size());
    if (count > 0) return {io_status::done, static_cast<std::size_t>(count)};
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && would_block(errno)) return {io_status::would_block, 0};
    return {io_status::closed, 0};
  }
}

io_result write_some(int fd, drive d, std::span<const iovec> pieces) noexcept {
  const std::size_t count = std::min<std::size_t>(pieces.size(), IOV_MAX);
  for (;;) {
    ssize_t written = 0;
    if (d == drive::socket) {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg only reads it
      message.msg_iovlen = count;
      written = ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } else {
      written = write_without_signal(fd, pieces.data(), static_cast<int>(count));
    }
    if (written >= 0) return {io_status::done, static_cast<std::size_t>(written)};
    if (errno == EINTR) continue;
    if (would_block(errno)) return {io_status::would_block, 0};
    return {io_status::closed, 0};
  }
}

}  // namespace comcp::detail
