// A composed operation of a library that knows nothing of scopes: Boost.Beast reading a message.

#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include "expect.hpp"

using namespace comcp;
using namespace comcp::test;
using namespace std::chrono_literals;
namespace beast = boost::beast;
using socket_type = asio::local::stream_protocol::socket;

namespace {

awaitable<std::string> read_body(socket_type& from) {
  beast::flat_buffer buffer;
  beast::http::request<beast::http::string_body> message;
  co_await beast::http::async_read(from, buffer, message, asio::use_awaitable);
  co_return message.body();
}

void write_all(socket_type& to, std::string_view text) {
  asio::write(to, asio::buffer(text.data(), text.size()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scope_foreign_beast)

COMCP_TEST_CORO(reading_a_message_is_cancelled_in_the_middle_of_it) {
  socket_type a{this_shard().context()};
  socket_type b{this_shard().context()};
  asio::local::connect_pair(a, b);
  write_all(b, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
  const time_point start = this_shard().now();
  const std::optional<std::string> body =
      co_await with_cancel_scope([&] { return read_body(a); }, scope_options().after(3s));
  BOOST_TEST(!body);
  BOOST_TEST((this_shard().now() - start == 3s));
}

COMCP_TEST_CORO(a_message_that_comes_in_time_is_delivered) {
  socket_type a{this_shard().context()};
  socket_type b{this_shard().context()};
  asio::local::connect_pair(a, b);
  write_all(b, "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
  std::string body;
  const testing::expect_io io;
  co_await with_task_group([&](task_group& g) -> awaitable<void> {
    g.start_soon(
        [&]() -> awaitable<void> { body = co_await fail_after(3s, [&] { return read_body(a); }); });
    co_await testing::wait_all_tasks_blocked();
    write_all(b, "second");
  });
  BOOST_TEST(body == "halfsecond");
}

BOOST_AUTO_TEST_SUITE_END()
