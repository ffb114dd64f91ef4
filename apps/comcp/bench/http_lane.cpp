#include "bench/http_lane.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "bench/socket_address.hpp"

namespace comcp::bench {

namespace {

constexpr auto probe_limit = std::chrono::seconds(2);
constexpr auto connect_limit = std::chrono::seconds(5);

}  // namespace

void lane::send(steady::time_point due) {
  id_ = owner_.context().next_id();
  due_ = due;
  const std::string& text = owner_.load_text(id_);
  owner_.context().sent(text.size());
  ask(purpose::load, text);
}

void lane::ask(purpose what, const std::string& text) {
  asked_ = what;
  if (fd_ < 0) {
    pending_ = text;
    connect();
  } else {
    transmit(text);
  }
}

void lane::connect() {
  const socket_address& to = owner_.address();
  fd_ = ::socket(to.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (fd_ < 0 || (::connect(fd_, reinterpret_cast<const sockaddr*>(&to.bytes), to.size) != 0 &&
                  errno != EINPROGRESS)) {
    connecting_ = true;
    lose(failure::connect, std::generic_category().message(errno));
    return;
  }
  connecting_ = true;
  reader_.clear();
  deadline_ =
      steady::now() + std::max<steady::duration>(owner_.context().options().timeout, connect_limit);
  owner_.context().watch(fd_, EPOLLOUT, *this);
}

void lane::on_connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    lose(failure::connect, std::generic_category().message(error));
    return;
  }
  connecting_ = false;
  owner_.context().change(fd_, EPOLLIN, *this);
  if (asked_ != purpose::none) {
    transmit(std::exchange(pending_, {}));
  } else {
    deadline_ = steady::time_point::max();
    owner_.on_connected(*this);
  }
}

void lane::transmit(std::string_view text) {
  deadline_ = steady::now() + (asked_ == purpose::probe ? steady::duration(probe_limit)
                                                        : owner_.context().options().timeout);
  const auto n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
  const std::size_t done = n > 0 ? static_cast<std::size_t>(n) : 0;
  if (done == text.size()) return;
  if (n < 0 && errno != EAGAIN) {
    lose(failure::closed, std::generic_category().message(errno));
    return;
  }
  pending_ = text.substr(done);
  owner_.context().change(fd_, EPOLLIN | EPOLLOUT, *this);
}

void lane::flush() {
  owner_.context().change(fd_, EPOLLIN, *this);
  transmit(std::exchange(pending_, {}));
}

void lane::on_ready(std::uint32_t events) {
  if (fd_ < 0) return;
  if (connecting_) {
    on_connected();
    return;
  }
  if (events & EPOLLIN) receive();
  if (fd_ >= 0 && !pending_.empty() && (events & EPOLLOUT)) flush();
  if (fd_ >= 0 && !(events & EPOLLIN) && (events & (EPOLLHUP | EPOLLERR)))
    lose(failure::closed, "the connection ended");
}

void lane::receive() {
  const auto room = reader_.room();
  const auto n = ::recv(fd_, room.data(), room.size(), 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) {
    if (n == 0 && reader_.ended() == response_reader::state::done && asked_ != purpose::none) {
      finish();
    } else {
      lose(failure::closed,
           n < 0 ? std::generic_category().message(errno) : "the server closed the connection");
    }
    return;
  }
  owner_.context().counts().received_bytes += static_cast<std::size_t>(n);
  switch (reader_.received(static_cast<std::size_t>(n))) {
    case response_reader::state::done:
      if (asked_ != purpose::none) return finish();
      return lose(failure::closed, "an answer that nobody asked for");
    case response_reader::state::broken:
      return lose(failure::wrong, "this is no HTTP");
    default:
      return;
  }
}

void lane::finish() {
  const purpose what = std::exchange(asked_, purpose::none);
  deadline_ = steady::time_point::max();
  pending_.clear();
  owner_.on_answer(*this, what);
}

void lane::next_response() {
  const bool surplus = reader_.next() != response_reader::state::more || !reader_.is_fresh();
  if (surplus || !reader_.keep_alive()) disconnect();
}

void lane::lose(failure kind, const std::string& why) {
  const purpose what = std::exchange(asked_, purpose::none);
  const bool was_connecting = connecting_;
  disconnect();
  // A server may end a connection that nobody uses.
  if (what == purpose::none && !was_connecting && kind == failure::closed) return;
  owner_.on_failure(*this, what, kind, why);
}

void lane::disconnect() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  connecting_ = false;
  asked_ = purpose::none;
  pending_.clear();
  reader_.clear();
  deadline_ = steady::time_point::max();
}

void lane::expire(steady::time_point now) {
  if (now >= deadline_)
    lose(connecting_ ? failure::connect : failure::timeout, "no answer in time");
}

}  // namespace comcp::bench
