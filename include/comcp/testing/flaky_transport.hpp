#ifndef COMCP_TESTING_FLAKY_TRANSPORT_HPP
#define COMCP_TESTING_FLAKY_TRANSPORT_HPP

#include <cstddef>
#include <functional>
#include <memory>

#include "comcp/transport/transport.hpp"

namespace comcp::testing {

/** A transport on which something happens at its N-th step, for sweeps over every N.

    A step is the beginning of a read or of a write, and the end of one, also of a write that is done at once: so the fault strikes before and
    after each. Counted from 1; 0 never strikes.

    @code
      for (std::size_t n = 1;; ++n) {
        auto flaky = std::make_unique<flaky_transport>(std::move(end), n);   // disconnects at step n
        ... run the scenario, check that nothing is left ...
        if (!struck) break;                                                  // it passed untouched
      }
    @endcode
*/
class flaky_transport final : public transport {
 public:
  /// The connection is lost.
  flaky_transport(std::unique_ptr<transport> inner, std::size_t strike_at);
  /// Whatever the test wants, such as cancelling a scope.
  flaky_transport(std::unique_ptr<transport> inner,
                  std::size_t strike_at,
                  std::function<void()> what);

  awaitable<read_result> read() override;
  awaitable<write_status> write(std::span<const std::string> messages) override;
  bool write_now(std::span<const std::string> messages) noexcept override;
  void close() noexcept override { inner_->close(); }

  std::size_t steps() const noexcept { return steps_; }
  bool struck() const noexcept { return strike_at_ != 0 && steps_ >= strike_at_; }

 private:
  void step();

  std::unique_ptr<transport> inner_;
  std::size_t strike_at_;
  std::function<void()> what_;
  std::size_t steps_ = 0;
};

}  // namespace comcp::testing

#endif
