#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bench/response_reader.hpp"

using comcp::bench::response_reader;
using state = response_reader::state;

namespace {

// Feeds the bytes in pieces of this size.
state feed(response_reader& r, std::string_view bytes, std::size_t piece = 100'000) {
  state s = state::more;
  while (!bytes.empty() && s == state::more) {
    const auto room = r.room();
    const std::size_t n = std::min({room.size(), piece, bytes.size()});
    std::copy_n(bytes.begin(), n, room.begin());
    bytes.remove_prefix(n);
    s = r.received(n);
  }
  return s;
}

constexpr std::string_view plain =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nMCP-Session-ID: abc\r\n"
    "content-length: 5\r\n\r\nhello";
constexpr std::string_view chunked =
    "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n"
    "Transfer-Encoding: chunked\r\n\r\n6;x=y\r\ndata: \r\n00A\r\n0123\r\n6789\r\n0\r\nA: b\r\n\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(bench_response_reader)

BOOST_AUTO_TEST_CASE(responses_are_read_whatever_the_pieces) {
  for (const std::size_t piece : {1U, 2U, 7U, 1000U}) {
    response_reader r;
    BOOST_TEST((feed(r, plain, piece) == state::done));
    BOOST_TEST(r.status() == 200);
    BOOST_TEST(r.body() == "hello");
    BOOST_TEST(r.session() == "abc");
    BOOST_TEST(!r.is_event_stream());
    BOOST_TEST(r.keep_alive());
    BOOST_TEST((r.next() == state::more));
    BOOST_TEST(r.is_fresh());

    BOOST_TEST((feed(r, chunked, piece) == state::done));
    BOOST_TEST(r.body() == "data: 0123\r\n6789");
    BOOST_TEST(r.session() == "");
    BOOST_TEST(r.is_event_stream());
  }
}

BOOST_AUTO_TEST_CASE(interim_responses_are_skipped_however_many) {
  std::string bytes;
  for (int i = 0; i < 200'000; ++i)
    bytes += "HTTP/1.1 100 Go on\r\n\r\n";
  bytes += plain;
  for (const std::size_t piece : {100'000U, 13U}) {
    response_reader r;
    BOOST_TEST((feed(r, bytes, piece) == state::done));
    BOOST_TEST(r.body() == "hello");
  }
}

BOOST_AUTO_TEST_CASE(a_chunk_ends_where_its_size_says_or_the_response_is_broken) {
  constexpr std::string_view head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string_view chunks : {"3\r\nabcd\r\n0\r\n\r\n", "-3\r\n", "x\r\n", ";\r\n"}) {
    response_reader r;
    BOOST_TEST((feed(r, std::string(head) + std::string(chunks)) == state::broken), chunks);
  }
  for (const std::size_t length : {std::size_t{999}, std::size_t{1000}, std::size_t{1001}}) {
    const std::string line = "3;" + std::string(length - 2, 'x') + "\r\nabc\r\n0\r\n\r\n";
    for (const std::size_t piece : {1U, 7U, 5000U}) {
      response_reader r;
      const state expected = length > 1000 ? state::broken : state::done;
      BOOST_TEST((feed(r, std::string(head) + line, piece) == expected), length);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_next_response_may_have_come_already) {
  response_reader r;
  BOOST_TEST((feed(r, std::string(plain) + std::string(chunked)) == state::done));
  BOOST_TEST(r.body() == "hello");
  BOOST_TEST((r.next() == state::done));
  BOOST_TEST(r.is_event_stream());
  BOOST_TEST((r.next() == state::more));
}

BOOST_AUTO_TEST_CASE(large_bodies_and_many_responses_fit) {
  response_reader r;
  const std::string body(1'000'000, 'x');
  const std::string one = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + body;
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST((feed(r, one, 60'000) == state::done));
    BOOST_TEST((r.body() == body));
    BOOST_TEST((r.next() == state::more));
  }
}

BOOST_AUTO_TEST_CASE(a_body_without_length_lasts_until_the_end_of_the_connection) {
  response_reader r;
  BOOST_TEST((feed(r, "HTTP/1.1 500 Oops\r\n\r\nwhat ha") == state::more));
  BOOST_TEST((feed(r, "ppened") == state::more));
  BOOST_TEST((r.ended() == state::done));
  BOOST_TEST(r.body() == "what happened");
  BOOST_TEST(r.status() == 500);
  BOOST_TEST(!r.keep_alive());
}

BOOST_AUTO_TEST_CASE(an_end_in_the_middle_is_broken) {
  for (std::size_t n = 0; n < plain.size(); ++n) {
    response_reader r;
    feed(r, plain.substr(0, n));
    BOOST_TEST((r.ended() == state::broken), n);
  }
}

BOOST_AUTO_TEST_CASE(responses_without_body_and_interim_ones_are_understood) {
  response_reader r;
  BOOST_TEST((feed(r, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n") == state::done));
  BOOST_TEST(r.body() == "");
  r.next();
  BOOST_TEST((feed(r, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") == state::done));
  BOOST_TEST(!r.keep_alive());
  r.clear();
  BOOST_TEST((feed(r, "HTTP/1.1 100 Continue\r\n\r\n" + std::string(plain), 1) == state::done));
  BOOST_TEST(r.status() == 200);
}

BOOST_AUTO_TEST_CASE(what_is_no_http_is_broken) {
  for (const char* const text :
       {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"}) {
    response_reader r;
    BOOST_TEST((feed(r, text) == state::broken), text);
  }
  response_reader small;
  small.max_bytes = 100;
  BOOST_TEST((feed(small, "HTTP/1.1 200 OK\r\n" + std::string(200, 'x')) == state::broken));
}

BOOST_AUTO_TEST_SUITE_END()
