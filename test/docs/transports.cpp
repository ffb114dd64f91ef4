// The code of docs/transports.md.

#include <chrono>

#include "comcp/http_transport/http_endpoint.hpp"
#include "comcp/testing/coro_test.hpp"

using namespace comcp;

BOOST_AUTO_TEST_SUITE(docs_transports)

BOOST_AUTO_TEST_CASE(what_streams_keep_has_limits) {
  // [transport-events]
  comcp::streamable_http_options options;
  options.keep_events(
      comcp::event_store_limits().max_bytes(4 << 20).max_age(std::chrono::hours(1)));
  options.stream_after(std::chrono::seconds(1));  // slow calls can be resumed from then on
  options.stream_limit(std::chrono::minutes(5));  // 2025-11-25 clients poll instead of waiting
  // [/transport-events]
  const auto at = listen_http("127.0.0.1:0", http_endpoint_options().mcp(options));
  BOOST_TEST(at->url() == "http://127.0.0.1:0/mcp");
}

BOOST_AUTO_TEST_SUITE_END()
