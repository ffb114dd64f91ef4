#include "server/stop_signals.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace comcp::detail {
namespace {

// What the signal handler may touch.
std::atomic<int> event_descriptor{-1};
std::atomic<int> first_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void on_stop_signal(int number) {
  const int saved = errno;
  int none = 0;
  if (!first_signal.compare_exchange_strong(none, number)) _exit(128 + number);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(event_descriptor.load(), &one, sizeof(one));
  errno = saved;
}

}  // namespace

stop_signals::stop_signals(asio::any_io_executor where)
    : arrived_(std::move(where), eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  first_signal = 0;
  event_descriptor = arrived_.native_handle();
  struct sigaction action{};
  action.sa_handler = &on_stop_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGTERM, &action, &old_term_) != 0 || sigaction(SIGINT, &action, &old_int_) != 0)
    throw std::system_error(errno, std::generic_category(), "sigaction");
}

stop_signals::~stop_signals() {
  sigaction(SIGTERM, &old_term_, nullptr);
  sigaction(SIGINT, &old_int_, nullptr);
  event_descriptor = -1;
}

awaitable<int> stop_signals::first() {
  co_await arrived_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  co_return first_signal.load();
}

}  // namespace comcp::detail
