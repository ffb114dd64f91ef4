#include "comcp/http/event_stream.hpp"

#include <boost/test/unit_test.hpp>

#include <random>
#include <stdexcept>

using namespace std::literals;
using comcp::http::append_comment;
using comcp::http::append_data_event;
using comcp::http::encode_event;
using comcp::http::event_limits;
using comcp::http::event_parser;
using comcp::http::sse_event;

namespace {

std::vector<sse_event> parse(std::string_view text) {
  event_parser parser;
  std::vector<sse_event> out;
  BOOST_TEST((parser.feed(text, out) == event_parser::status::ok));
  return out;
}

std::vector<std::string> data_of(const std::vector<sse_event>& events) {
  std::vector<std::string> out;
  for (const auto& e : events)
    out.push_back(e.data.value_or("(none)"));
  return out;
}

void check_data(std::string_view text, const std::vector<std::string>& expected) {
  const auto got = data_of(parse(text));
  BOOST_TEST(got == expected, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_event_stream)

BOOST_AUTO_TEST_CASE(an_event_is_encoded_field_by_field) {
  sse_event e("{\"a\":1}");
  BOOST_TEST(encode_event(e) == "data: {\"a\":1}\n\n");
  e.with_id("7").with_type("message").with_retry(1500ms);
  BOOST_TEST(encode_event(e) == "id: 7\nevent: message\nretry: 1500\ndata: {\"a\":1}\n\n");
  BOOST_TEST(encode_event(sse_event()) == "\n");
}

BOOST_AUTO_TEST_CASE(line_breaks_in_data_become_several_data_lines) {
  BOOST_TEST(encode_event(sse_event("a\nb\r\nc\rd\n")) ==
             "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n");
  std::string out;
  append_data_event(out, "a\n\nb", "9");
  BOOST_TEST(out == "id: 9\ndata: a\ndata: \ndata: b\n\n");
}

BOOST_AUTO_TEST_CASE(a_priming_event_has_an_id_and_empty_data) {
  sse_event e("");
  e.with_id("s-0");
  BOOST_TEST(encode_event(e) == "id: s-0\ndata: \n\n");
}

BOOST_AUTO_TEST_CASE(ids_and_types_that_would_break_the_framing_are_refused) {
  std::string out = "before";
  for (const auto bad : {"a\nb"sv, "a\rb"sv, "a\0b"sv}) {
    BOOST_CHECK_THROW(append_event(out, sse_event("x").with_id(std::string(bad))),
                      std::invalid_argument);
    BOOST_CHECK_THROW(append_data_event(out, "x", bad), std::invalid_argument);
  }
  BOOST_CHECK_THROW(append_event(out, sse_event("x").with_id("1").with_type("a\nb")),
                    std::invalid_argument);
  BOOST_CHECK_THROW(append_event(out, sse_event("x").with_retry(-1ms)), std::invalid_argument);
  BOOST_TEST(out == "before");
}

BOOST_AUTO_TEST_CASE(comments_are_blocks_of_their_own) {
  std::string out;
  append_comment(out);
  append_comment(out, "keep-alive");
  append_comment(out, "two\nlines");
  BOOST_TEST(out == ":\n\n: keep-alive\n\n: two\n: lines\n\n");
  BOOST_TEST(parse(out).empty());
}

BOOST_AUTO_TEST_CASE(lines_end_with_lf_cr_or_crlf) {
  for (const auto& nl : {"\n"s, "\r"s, "\r\n"s})
    check_data("data: a" + nl + "data: b" + nl + nl + "data: c" + nl + nl, {"a\nb", "c"});
  check_data("data: a\r\rdata: b\n\n", {"a", "b"});
  check_data("data: a\r\n\rdata: b\r\n\n", {"a", "b"});
}

BOOST_AUTO_TEST_CASE(the_examples_of_the_standard_are_read_as_it_says) {
  check_data(
      ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third "
      "event\n\n",
      {"first event", "second event", " third event"});
  check_data("data\n\ndata\ndata\n\ndata:\n", {"", "\n"});
  check_data("data:test\n\ndata: test\n\n", {"test", "test"});
  check_data("data: YHOO\ndata: +2\ndata: 10\n\n", {"YHOO\n+2\n10"});
}

BOOST_AUTO_TEST_CASE(a_leading_byte_order_mark_is_ignored_once) {
  check_data(
      "\xEF\xBB\xBF"
      "data: a\n\n\xEF\xBB\xBF"
      "data: b\n\n",
      {"a"});
  check_data("\xEF\xBB\xBF\n\ndata: a\n\n", {"a"});
}

BOOST_AUTO_TEST_CASE(unknown_fields_and_comments_are_ignored) {
  check_data(":c\nfoo: bar\nDATA: x\ndata : y\ndata: a\n:data: b\n\n", {"a"});
  BOOST_TEST(parse("foo: bar\n\n:x\n\n\n\n").empty());
}

BOOST_AUTO_TEST_CASE(types_hold_for_one_event_and_a_type_alone_is_no_event) {
  const auto events = parse("event: ping\n\ndata: a\n\nevent: x\nevent: y\ndata: b\n\ndata: c\n\n");
  BOOST_TEST_REQUIRE(events.size() == 3u);
  BOOST_TEST(events[0].type.empty());
  BOOST_TEST(events[1].type == "y");
  BOOST_TEST(events[2].type.empty());
}

BOOST_AUTO_TEST_CASE(ids_persist_in_the_parser_and_one_with_nul_is_ignored) {
  event_parser parser;
  std::vector<sse_event> out;
  parser.feed("id: 1\ndata: a\n\ndata: b\n\n", out);
  BOOST_TEST_REQUIRE(out.size() == 2u);
  BOOST_TEST(out[0].id.value() == "1");
  BOOST_TEST(!out[1].id.has_value());
  BOOST_TEST(parser.last_event_id() == "1");
  parser.feed("id: 2\0x\n\n"sv, out);
  BOOST_TEST(parser.last_event_id() == "1");
  BOOST_TEST(out.size() == 2u);
  parser.feed("id\ndata: c\n\n", out);
  BOOST_TEST(parser.last_event_id().empty());
  BOOST_TEST(out.back().id.value().empty());
}

BOOST_AUTO_TEST_CASE(a_block_with_only_an_id_or_retry_is_delivered_without_data) {
  const auto events = parse("id: 5\n\nretry: 3000\n\n");
  BOOST_TEST_REQUIRE(events.size() == 2u);
  BOOST_TEST(events[0].id.value() == "5");
  BOOST_TEST(!events[0].data.has_value());
  BOOST_TEST((events[1].retry == 3000ms));
}

BOOST_AUTO_TEST_CASE(only_digits_make_a_retry) {
  for (const auto bad : {"retry: 1s\n\n", "retry: -1\n\n", "retry:\n\n", "retry: 1.5\n\n",
                         "retry: +1\n\n", "retry:  1\n\n", "retry: 99999999999999999999\n\n"})
    BOOST_TEST_CONTEXT(bad) BOOST_TEST(parse(bad).empty());
  event_parser parser;
  std::vector<sse_event> out;
  parser.feed("retry:0\n\n", out);
  BOOST_TEST((parser.retry() == 0ms));
}

BOOST_AUTO_TEST_CASE(an_incomplete_last_event_is_discarded) {
  check_data("data: a\n\ndata: b\n", {"a"});
  check_data("data: a\n", {});
  check_data("data: a", {});
}

BOOST_AUTO_TEST_CASE(chunk_boundaries_may_be_anywhere) {
  const auto text =
      "\xEF\xBB\xBFid: 1\r\ndata: h\xC3\xA9llo\r\ndata: w\r\n\r\n:c\r\rretry: 5\rdata: x\r\revent: "
      "t\ndata: y\n\n"s;
  const auto whole = parse(text);
  BOOST_TEST_REQUIRE(whole.size() == 3u);
  for (std::size_t size = 1; size <= text.size(); ++size) {
    event_parser parser;
    std::vector<sse_event> out;
    for (std::size_t at = 0; at < text.size(); at += size)
      parser.feed(std::string_view(text).substr(at, size), out);
    BOOST_TEST_CONTEXT("pieces of " << size) BOOST_TEST((out == whole));
  }
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {  // with empty pieces too
    event_parser parser;
    std::vector<sse_event> out;
    parser.feed(std::string_view(text).substr(0, cut), out);
    parser.feed("", out);
    parser.feed(std::string_view(text).substr(cut), out);
    BOOST_TEST_CONTEXT("cut at " << cut) BOOST_TEST((out == whole));
  }
}

BOOST_AUTO_TEST_CASE(a_line_over_the_limit_fails_for_good) {
  event_parser parser(event_limits().max_line_bytes(10));
  std::vector<sse_event> out;
  BOOST_TEST((parser.feed("data: 1234\n\n", out) == event_parser::status::ok));
  BOOST_TEST((parser.feed("data: 12345\n\n", out) == event_parser::status::line_too_long));
  BOOST_TEST((parser.feed("data: 1\n\n", out) == event_parser::status::line_too_long));
  BOOST_TEST(out.size() == 1u);

  event_parser slow(event_limits().max_line_bytes(10));
  auto status = event_parser::status::ok;
  int fed = 0;
  while (status == event_parser::status::ok && fed < 100) {
    status = slow.feed("x", out);
    ++fed;
  }
  BOOST_TEST(fed == 11);
}

BOOST_AUTO_TEST_CASE(an_event_over_the_limit_fails_for_good) {
  event_parser parser(event_limits().max_event_bytes(8));
  std::vector<sse_event> out;
  BOOST_TEST((parser.feed("data: 123\ndata: 4567\n\n", out) == event_parser::status::ok));
  BOOST_TEST(out.size() == 1u);
  BOOST_TEST(
      (parser.feed("data: 123\ndata: 45678\n\n", out) == event_parser::status::event_too_large));
  BOOST_TEST((parser.feed("data: a\n\n", out) == event_parser::status::event_too_large));
  BOOST_TEST(out.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_encoded_is_read_back) {
  std::mt19937 random(20240607);
  const auto alphabet = "ab: \n\r\xC3\xA9{}0"sv;
  for (int round = 0; round < 500; ++round) {
    std::string data;
    for (auto n = random() % 20; n > 0; --n)
      data += alphabet[random() % alphabet.size()];
    sse_event e(data);
    if (random() % 2) e.with_id(std::to_string(random()));
    if (random() % 2) e.with_type("t" + std::to_string(random() % 3));
    if (random() % 2) e.with_retry(std::chrono::milliseconds(random() % 9999));
    const auto back = parse(encode_event(e));
    BOOST_TEST_REQUIRE(back.size() == 1u);
    // every line break arrives as LF
    std::string expected;
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (data[i] == '\r') {
        expected += '\n';
        if (i + 1 < data.size() && data[i + 1] == '\n') ++i;
      } else {
        expected += data[i];
      }
    }
    e.data = expected;
    BOOST_TEST((back[0] == e));
  }
}

BOOST_AUTO_TEST_SUITE_END()
