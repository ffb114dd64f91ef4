#ifndef COMCP_SESSION_ENDPOINT_HPP
#define COMCP_SESSION_ENDPOINT_HPP

#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/scope/clock.hpp"

namespace comcp {

class request_handler;

/** A place where clients connect to a server: stdio, a listening socket. `run(server, endpoint)`
    drives it; a program with a loop of its own calls `serve` itself.

    @par Thread safety as each function says
*/
class endpoint {
 public:
  endpoint() = default;
  endpoint(const endpoint&) = delete;
  endpoint& operator=(const endpoint&) = delete;
  virtual ~endpoint() = default;

  /// What the log calls it: "stdio", "http://127.0.0.1:8080/mcp".
  virtual std::string name() const = 0;

  /// Every shard is to call `serve`; otherwise only one.
  virtual bool uses_every_shard() const noexcept = 0;

  /** Serves on the calling task's shard until nobody is left to serve: after `drain`, or when the one
      peer it had is gone.

      @par Errors       what makes serving impossible, such as an address in use
      @par Cancellation cancels everything under way, then throws on
      @par Lifetime     endpoint and handler must outlive it
      @par Preconditions called once on a shard, in a task
  */
  virtual awaitable<void> serve(request_handler& handler) = 0;

  /** Takes nobody new, lets what is under way finish within the limit, cancels the rest, so that
      `serve` returns on every shard. Again with a shorter limit: hurries.

      @par Thread safety any thread
  */
  virtual void drain(duration limit) = 0;

  /** Has f called once, when clients can connect; name() then says the port that was taken.

      @param f           called on a shard that serves; must not throw
      @par Preconditions before `serve`
  */
  void on_serving(std::function<void()> f) { on_serving_ = std::move(f); }

 protected:
  /// For implementations, when clients can connect. Only the first call counts.
  void tell_serving() {
    if (!told_.exchange(true) && on_serving_) on_serving_();
  }

 private:
  std::function<void()> on_serving_;
  std::atomic<bool> told_ = false;
};

}  // namespace comcp

#endif
