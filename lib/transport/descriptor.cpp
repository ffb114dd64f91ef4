#include "transport/descriptor.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <ctime>

namespace comcp::detail {

namespace {

// Holds back SIGPIPE of this thread for the time of one write, and takes it away if the write raised
// it. Setting SIG_IGN for the process would be inherited by the children of the user's handlers.
class sigpipe_guard {
 public:
  sigpipe_guard() noexcept {
    struct sigaction now{};
    needed_ = sigaction(SIGPIPE, nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 &&
              now.sa_handler == SIG_DFL;
    if (!needed_) return;
    sigset_t pending;
    sigpending(&pending);
    needed_ = sigismember(&pending, SIGPIPE) == 0;  // one that pends already is somebody else's
    if (!needed_) return;
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, &before_);
  }
  ~sigpipe_guard() {
    if (!needed_) return;
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    if (raised_) {
      const timespec at_once{};
      while (sigtimedwait(&pipe, nullptr, &at_once) < 0 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  sigpipe_guard(const sigpipe_guard&) = delete;
  sigpipe_guard& operator=(const sigpipe_guard&) = delete;

  void raised() noexcept { raised_ = true; }

 private:
  sigset_t before_{};
  bool needed_ = false;
  bool raised_ = false;
};

bool would_block(int error) noexcept {
  return error == EAGAIN || error == EWOULDBLOCK;
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
    int error = 0;
    if (d == drive::socket) {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg only reads it
      message.msg_iovlen = count;
      written = ::sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
      error = errno;
    } else {
      sigpipe_guard guard;
      written = ::writev(fd, pieces.data(), static_cast<int>(count));
      error = errno;
      if (written < 0 && error == EPIPE) guard.raised();
    }
    if (written >= 0) return {io_status::done, static_cast<std::size_t>(written)};
    if (error == EINTR) continue;
    if (would_block(error)) return {io_status::would_block, 0};
    return {io_status::closed, 0};
  }
}

}  // namespace comcp::detail
