// The private reader of bodies (lib/http/body_reader.hpp).
#include "http/body_reader.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::literals;
using comcp::http::body_framing;
using comcp::http::body_reader;
using progress = body_reader::progress;

namespace {

body_reader chunked() {
  body_framing f;
  f.how = body_framing::kind::chunked;
  return body_reader(f);
}

body_reader sized(std::uint64_t length) {
  body_framing f;
  f.how = body_framing::kind::length;
  f.length = length;
  return body_reader(f);
}

struct outcome {
  progress result = progress::need_more;
  std::string body;
  std::size_t taken = 0;
};

// Feeds pieces of that size, as a connection does: what was not taken is shown again.
outcome feed(body_reader reader,
             std::string_view bytes,
             std::size_t piece,
             std::size_t limit = 1000) {
  outcome out;
  std::size_t shown = 0;
  do {
    shown = std::min(bytes.size(), shown + piece);
    std::size_t taken = 0;
    out.result = reader.read(bytes.substr(out.taken, shown - out.taken), taken, out.body, limit);
    out.taken += taken;
  } while (out.result == progress::need_more && shown < bytes.size());
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_body_reader)

BOOST_AUTO_TEST_CASE(a_sized_body_takes_its_bytes_and_no_more) {
  for (std::size_t piece : {1, 2, 3, 100}) {
    const auto o = feed(sized(5), "helloGET /", piece);
    BOOST_TEST((o.result == progress::done));
    BOOST_TEST(o.body == "hello");
    BOOST_TEST(o.taken == 5u);
  }
  BOOST_TEST((feed(sized(5), "hell", 100).result == progress::need_more));
  BOOST_TEST((feed(body_reader(), "x", 100).result == progress::done));
}

BOOST_AUTO_TEST_CASE(a_chunked_body_is_joined_wherever_it_is_cut) {
  const auto wire =
      "5\r\nhello\r\n1 ;a=b;c=\"d\"\r\n \r\n00B\r\nbig\r\nworld!\r\n0\r\nX-Trailer: 1\r\nContent-Length: 9\r\n\r\nGET /"s;
  for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
    const auto o = feed(chunked(), wire, piece);
    BOOST_TEST((o.result == progress::done));
    BOOST_TEST(o.body == "hello big\r\nworld!");
    BOOST_TEST(o.taken == wire.size() - 5);
  }
  for (std::size_t piece : {1, 3, 4}) {
    const auto o = feed(chunked(), "0\r\n\r\n", piece);
    BOOST_TEST((o.result == progress::done));
    BOOST_TEST(o.body.empty());
  }
}

BOOST_AUTO_TEST_CASE(an_incomplete_body_is_never_done) {
  const auto wire = "2\r\nab\r\n0\r\nA: b\r\n\r\n"s;
  for (std::size_t n = 0; n < wire.size(); ++n)
    BOOST_TEST(
        (feed(chunked(), std::string_view(wire).substr(0, n), 1).result == progress::need_more));
}

BOOST_AUTO_TEST_CASE(broken_chunk_framing_is_refused) {
  for (const auto bad : {"\r\n"sv,
                         "x\r\n"sv,
                         "-1\r\n"sv,
                         "0x5\r\nhello\r\n0\r\n\r\n"sv,
                         ";a\r\n"sv,
                         " 5\r\n"sv,
                         "5\nhello\r\n0\r\n\r\n"sv,
                         "5\r\nhello0\r\n\r\n"sv,
                         "5\r\nhello\n0\r\n\r\n"sv,
                         "5\r\nhello\rX0\r\n\r\n"sv,
                         "5\rXhello\r\n0\r\n\r\n"sv,
                         "0\r\n\n"sv,
                         "0\r\nA: b\n\r\n"sv,
                         "0\r\n A: b\r\n\r\n"sv,
                         "0\r\n\rX"sv,
                         "5;a\0b\r\nhello\r\n0\r\n\r\n"sv,
                         "5;a\nb\r\nhello\r\n0\r\n\r\n"sv,
                         "5 5\r\n"sv,
                         "5 \x0b\r\n"sv,
                         "00000000000000001\r\n"sv,
                         "10000000000000000\r\n"sv,
                         "0\r\nA: b\x01\r\n\r\n"sv})
    for (std::size_t piece : {1, 1000})
      BOOST_TEST_CONTEXT(bad)
  BOOST_TEST((feed(chunked(), bad, piece).result == progress::malformed));
}

BOOST_AUTO_TEST_CASE(the_limit_is_exact_and_known_before_reading) {
  BOOST_TEST((feed(sized(5), "hello", 100, 5).result == progress::done));
  const auto sized_over = feed(sized(6), "hello!", 100, 5);
  BOOST_TEST((sized_over.result == progress::too_large));
  BOOST_TEST(sized_over.taken == 0u);
  BOOST_TEST(sized(6).exceeds(5));
  BOOST_TEST(!sized(5).exceeds(5));
  BOOST_TEST((feed(chunked(), "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 1, 5).result == progress::done));
  const auto over = feed(chunked(), "3\r\nabc\r\n3\r\n", 1, 5);  // before the data of the second
  BOOST_TEST((over.result == progress::too_large));
  BOOST_TEST(over.body == "abc");
  BOOST_TEST((feed(chunked(), "ffffffffffffffff\r\n", 1, 5).result == progress::too_large));
}

BOOST_AUTO_TEST_CASE(extensions_and_trailers_are_bounded_but_chunks_are_not) {
  const std::string filler(body_reader::max_meta_bytes + 1, 'x');
  BOOST_TEST((feed(chunked(), "5;" + filler, 4096).result == progress::malformed));
  BOOST_TEST((feed(chunked(), "0\r\nA:" + filler, 4096).result == progress::malformed));
  std::string lines = "0\r\n";
  for (std::size_t i = 0; i <= body_reader::max_meta_bytes; ++i)
    lines += "a\r\n";
  BOOST_TEST((feed(chunked(), lines, 4096).result == progress::malformed));
  std::string chunks;
  for (int i = 0; i < 20000; ++i)
    chunks += "1\r\na\r\n";
  const auto o = feed(chunked(), chunks + "0\r\n\r\n", 4096, 20000);
  BOOST_TEST((o.result == progress::done));
  BOOST_TEST(o.body.size() == 20000u);
}

BOOST_AUTO_TEST_SUITE_END()
