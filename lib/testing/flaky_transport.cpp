#include "comcp/testing/flaky_transport.hpp"

#include <utility>

namespace comcp::testing {

flaky_transport::flaky_transport(std::unique_ptr<transport> inner, std::size_t strike_at)
    : inner_(std::move(inner)), strike_at_(strike_at) {
  what_ = [this] { inner_->close(); };
}

flaky_transport::flaky_transport(std::unique_ptr<transport> inner,
                                 std::size_t strike_at,
                                 std::function<void()> what)
    : inner_(std::move(inner)), strike_at_(strike_at), what_(std::move(what)) {}

void flaky_transport::step() {
  if (++steps_ == strike_at_) what_();
}

awaitable<read_result> flaky_transport::read() {
  step();
  const read_result got = co_await inner_->read();
  step();
  co_return got;
}

awaitable<write_status> flaky_transport::write(std::span<const std::string> messages) {
  step();
  const write_status status = co_await inner_->write(messages);
  step();
  co_return status;
}

bool flaky_transport::write_now(std::span<const std::string> messages) noexcept {
  step();
  const bool done = inner_->write_now(messages);
  if (done) step();
  return done;
}

}  // namespace comcp::testing
