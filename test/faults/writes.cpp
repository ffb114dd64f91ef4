// Typical conversations whose N-th write fails, for every N: the peer is gone when the server answers. What it has
// received by then is the beginning of what it should; its other connections, and its session, go on.

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <vector>

#include "faults/dialogues.hpp"
#include "faults/memory_server.hpp"

using namespace faults;
using namespace comcp;
using namespace std::chrono_literals;

namespace {

/// How a write fails.
class failure {
 public:
  const char* name;
  bool part;    // half of it went out before
  bool waited;  // nothing could be written at once, as with TLS
};
constexpr failure failures[] = {{"at once", false, false},
                                {"after a part", true, false},
                                {"while it waits", false, true},
                                {"while it waits, after a part", true, true}};

/// What the test sees of the wires.
class written {
 public:
  std::size_t count = 0;
  bool struck = false;
};

/// The n-th write of all wires fails, and so does what follows on the same one.
class failing_wire final : public http::wire {
 public:
  failing_wire(std::unique_ptr<http::wire> inner,
               std::size_t n,
               failure how,
               std::shared_ptr<written> seen)
      : inner_(std::move(inner)), strike_at_(n), how_(how), seen_(std::move(seen)) {}

  awaitable<http::error_code> handshake() override { return inner_->handshake(); }
  void start_read(asio::mutable_buffer to, std::shared_ptr<http::wire_events> events) override {
    inner_->start_read(to, std::move(events));
  }
  void start_write(std::span<const asio::const_buffer> from,
                   std::shared_ptr<http::wire_events> events) override {
    if (!how_.waited || goes_through(from)) return inner_->start_write(from, std::move(events));
    asio::post(this_shard().context(),
               [events = std::move(events)] { events->on_write(asio::error::broken_pipe, 0); });
  }
  std::size_t try_write(std::span<const asio::const_buffer> from,
                        http::error_code& ec) noexcept override {
    if (how_.waited) return 0;
    if (goes_through(from)) return inner_->try_write(from, ec);
    ec = asio::error::connection_reset;
    return 0;
  }
  void start_watch(std::shared_ptr<http::wire_events> events) override {
    inner_->start_watch(std::move(events));
  }
  awaitable<void> end_sending() override { return inner_->end_sending(); }
  void cut() noexcept override { inner_->cut(); }
  void close() noexcept override { inner_->close(); }

 private:
  bool goes_through(std::span<const asio::const_buffer> from) noexcept {
    if (broken_ || ++seen_->count != strike_at_) return !broken_;
    broken_ = seen_->struck = true;
    if (how_.part && !from.empty()) {
      const asio::const_buffer half(from.front().data(), (from.front().size() + 1) / 2);
      http::error_code ignored;
      inner_->try_write(std::span(&half, 1), ignored);
    }
    return false;
  }

  std::unique_ptr<http::wire> inner_;
  const std::size_t strike_at_;
  const failure how_;
  const std::shared_ptr<written> seen_;
  bool broken_ = false;
};

/// @param leaves how long what it leaves behind lives
void fail_each_write(const std::vector<dialogue>& dialogues, comcp::duration leaves) {
  for (const dialogue& what : dialogues) {
    const std::vector<played> fault_free = play_without_faults(what, leaves);
    for (const failure& kind : failures)
      BOOST_TEST_CONTEXT(what.name << ", " << kind.name) {
        memory_server s;
        s.expected_warnings = {"did not answer in time"};
        std::size_t n = 1;
        for (bool struck = true; struck; ++n) {
          const auto seen = std::make_shared<written>();
          client_options how;
          how.between = [&](std::unique_ptr<http::wire> real) -> std::unique_ptr<http::wire> {
            return std::make_unique<failing_wire>(std::move(real), n, kind, seen);
          };
          const std::string wrong = find_lie(play(s, what, how), fault_free);
          BOOST_TEST(wrong.empty(), "write " << n << ": " << wrong);
          s.run(leaves);
          s.check_baseline();
          struck = seen->struck;
          BOOST_TEST_REQUIRE(n < 100U);
        }
        BOOST_TEST(n > 2U);  // there was something to break
        BOOST_TEST_MESSAGE(what.name << ", " << kind.name << ": " << n - 2 << " writes");
      }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(failing_writes)

BOOST_AUTO_TEST_CASE(a_write_that_fails_ends_its_conversation_and_nothing_else) {
  fail_each_write(dialogues(), 0s);
}

BOOST_AUTO_TEST_CASE(what_lives_on_behind_its_request_ends_in_its_time) {
  fail_each_write(detached_dialogues(), 60s);
}

BOOST_AUTO_TEST_SUITE_END()
