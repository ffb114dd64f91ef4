#include <boost/test/unit_test.hpp>

#include <atomic>

#include "comcp/scope/runtime.hpp"
#include "session/support.hpp"

// Nothing is shared between the shards but the handler and the log: for the thread sanitizer.

using namespace comcp;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(session_shards)

BOOST_AUTO_TEST_CASE(sessions_on_several_shards_share_handler_log_and_gate_only) {
  class echo final : public request_handler {
   public:
    protocol::initialize_result describe(const protocol::rules&) const override { return {}; }
    awaitable<void> on_request(jsonrpc::request r,
                               responder answer,
                               request_context& ctx) override {
      ++served;
      co_await ctx.report_progress(1);
      if (r.method == "test/throw") throw std::runtime_error("no");
      std::move(answer).reply(r.params);
    }
    std::atomic<int> served = 0;
  } handler;
  struct counting_sink : log_sink {
    void write(log_level, std::string_view) noexcept override { ++lines; }
    std::atomic<int> lines = 0;
  };
  auto sink = std::make_shared<counting_sink>();
  const logger log(sink, log_level::debug, 10, 1);

  runtime rt(runtime_options().threads(3));
  rt.run([&](shard&) -> awaitable<void> {
    for (int i = 0; i < 20; ++i) {
      auto ends = make_memory_transports();
      testing::raw_peer peer(std::move(ends.second));
      co_await with_task_group([&](task_group& group) -> awaitable<void> {
        group.start_soon([&] { return serve(*ends.first, handler, session_options().log(log)); });
        co_await peer.handshake();
        co_await peer.request(1, "test/echo");
        co_await peer.expect();
        co_await peer.request(2, "test/throw");
        co_await peer.expect();
        peer.close();
      });
    }
  });
  BOOST_TEST(handler.served == 3 * 20 * 2);
  BOOST_TEST(sink->lines > 0);
}

BOOST_AUTO_TEST_SUITE_END()
