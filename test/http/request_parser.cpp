// The private head parser (lib/http/request_parser.hpp).
#include "http/request_parser.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::literals;
using comcp::http::body_framing;
using comcp::http::request_head;
using comcp::http::request_parser;
using progress = request_parser::progress;

namespace {

struct outcome {
  progress result = progress::need_more;
  int status = 0;
  request_head head;
  body_framing framing;
  std::size_t size = 0;
};

outcome parse(std::string_view bytes, std::size_t max_bytes = 4096, std::size_t max_count = 10) {
  request_parser parser(max_bytes, max_count);
  outcome out;
  out.result = parser.read(bytes, out.head);
  out.status = parser.status();
  out.framing = parser.framing();
  out.size = out.result == progress::done ? parser.head_size() : 0;
  return out;
}

std::string post(std::string_view headers) {
  return "POST /mcp HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_request_parser)

BOOST_AUTO_TEST_CASE(a_head_is_read_into_its_parts) {
  const auto text = post("Content-Length: 5\r\nX:  a b \t\r\n");
  const auto o = parse(text + "hello");
  BOOST_TEST_REQUIRE((o.result == progress::done));
  BOOST_TEST(o.size == text.size());
  BOOST_TEST(o.head.method == "POST");
  BOOST_TEST(o.head.target == "/mcp");
  BOOST_TEST(o.head.version == 11);
  BOOST_TEST(o.head.keep_alive);
  BOOST_TEST(o.head.header("x").value() == "a b");
  BOOST_TEST((o.framing.how == body_framing::kind::length));
  BOOST_TEST(o.framing.length == 5u);
}

BOOST_AUTO_TEST_CASE(the_end_is_found_wherever_the_bytes_are_cut) {
  const auto text = "\r\n\r\n" + post("A: b\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n";
  const auto whole = parse(text);
  BOOST_TEST_REQUIRE((whole.result == progress::done));
  for (std::size_t step = 1; step < 8; ++step) {
    request_parser parser(4096, 10);
    request_head head;
    auto result = progress::need_more;
    std::size_t shown = 0;
    while (result == progress::need_more && shown < text.size()) {
      shown = std::min(shown + step, text.size());
      result = parser.read(std::string_view(text).substr(0, shown), head);
    }
    BOOST_TEST((result == progress::done));
    BOOST_TEST(parser.head_size() == whole.size);
    BOOST_TEST(shown < whole.size + step);
    BOOST_TEST(head.headers.size() == 3u);
  }
  for (std::size_t cut = 0; cut < whole.size; ++cut)
    BOOST_TEST((parse(std::string_view(text).substr(0, cut)).result == progress::need_more));
}

BOOST_AUTO_TEST_CASE(a_parser_is_reset_for_the_next_request) {
  request_parser parser(4096, 10);
  request_head head;
  BOOST_TEST((parser.read(post("A: b\r\n"), head) == progress::done));
  parser.reset();
  BOOST_TEST((parser.read("GET /x HTTP/1.0\r\n\r\n", head) == progress::done));
  BOOST_TEST(head.method == "GET");
  BOOST_TEST(head.headers.empty());
  BOOST_TEST(!head.keep_alive);
}

// What another reader could understand differently, or that is no HTTP, gets its exact status.
BOOST_AUTO_TEST_CASE(ambiguous_and_malformed_heads_are_refused) {
  struct row {
    const char* what;
    std::string bytes;
    int status;
  };
  const row rows[] = {
      {"both lengths", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"both, other order", post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400},
      {"two equal lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
      {"two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n"), 400},
      {"length list", post("Content-Length: 5, 5\r\n"), 400},
      {"signed length", post("Content-Length: +5\r\n"), 400},
      {"negative length", post("Content-Length: -5\r\n"), 400},
      {"hex length", post("Content-Length: 0x5\r\n"), 400},
      {"length with space", post("Content-Length: 5 5\r\n"), 400},
      {"empty length", post("Content-Length:\r\n"), 400},
      {"huge length", post("Content-Length: 99999999999999999999\r\n"), 400},
      {"two encodings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
      {"encoding list", post("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"chunked not last", post("Transfer-Encoding: chunked, identity\r\n"), 501},
      {"unknown encoding", post("Transfer-Encoding: xchunked\r\n"), 501},
      {"encoding with vertical tab",
       post("Transfer-Encoding:\x0b"
            "chunked\r\n"),
       400},
      {"quoted encoding", post("Transfer-Encoding: \"chunked\"\r\n"), 501},
      {"encoding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"space before colon", post("Content-Length : 5\r\n"), 400},
      {"space in name", post("Content Length: 5\r\n"), 400},
      {"no colon", post("Content-Length 5\r\n"), 400},
      {"empty name", post(": 5\r\n"), 400},
      {"folded header", post("A: b\r\n c\r\n"), 400},
      {"folded with tab", post("A: b\r\n\tContent-Length: 5\r\n"), 400},
      {"first header folded", "POST / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {"bare LF", "POST / HTTP/1.1\nHost: h\n\n", 400},
      {"one bare LF", post("A: b\nContent-Length: 5\r\n"), 400},
      {"bare LF at the end", "POST / HTTP/1.1\r\nHost: h\r\n\n", 400},
      {"bare CR", post("A: b\rContent-Length: 5\r\n"), 400},
      {"CR CR LF", post("A: b\r\r\n"), 400},
      {"NUL in a value", post("A: b\0c\r\n"sv), 400},
      {"NUL in a name", post("A\0: b\r\n"sv), 400},
      {"control in a value", post("A: b\x01\r\n"), 400},
      {"DEL in a value", post("A: b\x7f\r\n"), 400},
      {"non-ASCII name", post("\xC3\xA9: b\r\n"), 400},
      {"no host", "POST / HTTP/1.1\r\n\r\n", 400},
      {"two hosts", post("Host: h\r\n"), 400},
      {"two hosts in 1.0", "GET / HTTP/1.0\r\nHost: h\r\nhost: i\r\n\r\n", 400},
      {"no version", "POST /\r\nHost: h\r\n\r\n", 400},
      {"two spaces", "POST  / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"tab", "POST\t/\tHTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"space in target", "POST /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"space after version", "POST / HTTP/1.1 \r\nHost: h\r\n\r\n", 400},
      {"fragment", "POST /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"non-ASCII target", "POST /\xC3\xA9 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"relative target", "POST mcp HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"star for POST", "POST * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"user info in target", "POST http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"no authority in target", "POST http:///x HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"other scheme", "POST file:///x HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"lower case protocol", "POST / http/1.1\r\nHost: h\r\n\r\n", 400},
      {"version 1.2", "POST / HTTP/1.2\r\nHost: h\r\n\r\n", 505},
      {"version 0.9", "POST / HTTP/0.9\r\nHost: h\r\n\r\n", 505},
      {"version 2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"version 1.10", "POST / HTTP/1.10\r\nHost: h\r\n\r\n", 400},
      {"CONNECT", "CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n", 501},
      {"lower case method", "post / HTTP/1.1\r\nHost: h\r\n\r\n", 501},
      {"method with bad character", "PO(ST / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"other expectation", post("Expect: tea\r\n"), 417},
      {"TLS hello", "\x16\x03\x01\x02", 400},
      {"space first", " POST / HTTP/1.1\r\n", 400},
  };
  for (const row& r : rows)
    BOOST_TEST_CONTEXT(r.what) {
      const auto o = parse(r.bytes);
      BOOST_TEST((o.result == progress::refused));
      BOOST_TEST(o.status == r.status);
      // and just so when it comes byte by byte
      request_parser parser(4096, 10);
      request_head head;
      auto result = progress::need_more;
      for (std::size_t n = 1; n <= r.bytes.size() && result == progress::need_more; ++n)
        result = parser.read(std::string_view(r.bytes).substr(0, n), head);
      BOOST_TEST((result == progress::refused));
      BOOST_TEST(parser.status() == r.status);
      BOOST_TEST(!parser.reason().empty());
    }
}

BOOST_AUTO_TEST_CASE(unusual_but_unambiguous_heads_are_taken) {
  struct row {
    const char* what;
    std::string bytes;
  };
  const row rows[] = {
      {"empty value", post("A:\r\n")},
      {"no space after colon", post("A:b\r\n")},
      {"Latin-1 value", post("A: \xE9\r\n")},
      {"tab in value", post("A: b\tc\r\n")},
      {"upper case chunked", post("Transfer-Encoding: CHUNKED\r\n")},
      {"zero length", post("Content-Length: 0\r\n")},
      {"leading zeros", post("Content-Length: 0005\r\n")},
      {"absolute target", "GET http://h:80/x?y HTTP/1.1\r\nHost: z\r\n\r\n"},
      {"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
      {"1.0 without host", "GET / HTTP/1.0\r\n\r\n"},
      {"expectation", post("Expect: 100-Continue\r\nContent-Length: 1\r\n")},
      {"expectation in 1.0", "POST / HTTP/1.0\r\nExpect: x\r\n\r\n"},
  };
  for (const row& r : rows)
    BOOST_TEST_CONTEXT(r.what) BOOST_TEST((parse(r.bytes).result == progress::done));
  BOOST_TEST(parse(rows[11].bytes).framing.expects_continue);
  BOOST_TEST((parse(rows[5].bytes).framing.how == body_framing::kind::none));
  BOOST_TEST(parse(rows[6].bytes).framing.length == 5u);
}

BOOST_AUTO_TEST_CASE(heads_over_a_limit_are_refused_as_soon_as_that_is_known) {
  const auto fits = post("A: b\r\n");
  BOOST_TEST((parse(fits, fits.size()).result == progress::done));
  BOOST_TEST(parse(fits, fits.size() - 1).status == 431);
  BOOST_TEST(parse(fits.substr(0, 30), 30).status == 431);
  BOOST_TEST(parse("GET /" + std::string(100, 'a'), 50).status == 414);
  BOOST_TEST((parse(post("A: b\r\n"), 4096, 2).result == progress::done));
  BOOST_TEST(parse(post("A: b\r\nC: d\r\n"), 4096, 2).status == 431);
  std::string many;
  for (int i = 0; i < 50; ++i)
    many += "\r\n";
  BOOST_TEST((parse(many, 50).result == progress::refused));
}

BOOST_AUTO_TEST_CASE(keep_alive_follows_version_and_connection) {
  const auto alive = [](std::string text) { return parse(text).head.keep_alive; };
  BOOST_TEST(alive(post("")));
  BOOST_TEST(!alive(post("Connection: close\r\n")));
  BOOST_TEST(!alive(post("Connection: x, Close\r\n")));
  BOOST_TEST(!alive("GET / HTTP/1.0\r\n\r\n"));
  BOOST_TEST(alive("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
  BOOST_TEST(!alive("GET / HTTP/1.0\r\nConnection: Keep-Alive, close\r\n\r\n"));
}

BOOST_AUTO_TEST_SUITE_END()
