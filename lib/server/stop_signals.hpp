#ifndef COMCP_LIB_SERVER_STOP_SIGNALS_HPP
#define COMCP_LIB_SERVER_STOP_SIGNALS_HPP

#include <boost/asio/posix/stream_descriptor.hpp>
#include <csignal>

#include "comcp/awaitable.hpp"

namespace comcp::detail {

/** Takes SIGTERM and SIGINT while it exists. The first one is waited for; a second one ends the process
    from within the signal handler, so that no handler of ours that blocks its thread can prevent it.

    One at a time in a process.
*/
class stop_signals {
 public:
  explicit stop_signals(asio::any_io_executor where);
  ~stop_signals();
  stop_signals(const stop_signals&) = delete;
  stop_signals& operator=(const stop_signals&) = delete;

  /// Completes with the number of the first signal.
  awaitable<int> first();

 private:
  asio::posix::stream_descriptor arrived_;
  struct sigaction old_term_{};
  struct sigaction old_int_{};
};

}  // namespace comcp::detail

#endif
