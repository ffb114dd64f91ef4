#include "comcp/http/message.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using comcp::http::reason_phrase;
using comcp::http::request_head;
using comcp::http::response;
using comcp::http::text_response;

BOOST_AUTO_TEST_SUITE(http_message)

BOOST_AUTO_TEST_CASE(targets_are_split_into_path_query_and_authority) {
  struct row {
    const char* target;
    const char* path;
    const char* query;
    const char* authority;
  };
  const row rows[] = {
      {"/mcp", "/mcp", "", "h:1"},
      {"/mcp?a=b&c", "/mcp", "a=b&c", "h:1"},
      {"/a?b?c", "/a", "b?c", "h:1"},
      {"/?", "/", "", "h:1"},
      {"*", "*", "", "h:1"},
      {"http://other:9/x?y", "/x", "y", "other:9"},
      {"HTTPS://Other", "/", "", "Other"},
      {"http://other?q", "/", "q", "other"},
      {"//evil/x", "//evil/x", "", "h:1"},
      {"/a?u=http://b/c", "/a", "u=http://b/c", "h:1"},
      {"ftp://other/x", "ftp://other/x", "", "h:1"},
  };
  for (const row& r : rows) {
    BOOST_TEST_CONTEXT(r.target) {
      request_head head;
      head.target = r.target;
      head.headers.add("Host", "h:1");
      BOOST_TEST(head.path() == r.path);
      BOOST_TEST(head.query() == r.query);
      BOOST_TEST(head.authority() == r.authority);
    }
  }
}

BOOST_AUTO_TEST_CASE(responses_are_built_with_checked_headers) {
  const auto answer =
      response(405, "text/plain", "no").header("Allow", "POST").header("allow", "GET");
  BOOST_TEST(answer.status == 405);
  BOOST_TEST(answer.headers.count("Allow") == 1u);
  BOOST_TEST(answer.headers.find("Content-Type").value() == "text/plain");
  BOOST_CHECK_THROW(response(200).header("X", "a\nb"), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_text_response_falls_back_to_the_reason) {
  BOOST_TEST(text_response(404).body == "Not Found\n");
  BOOST_TEST(text_response(404, "no such session").body == "no such session\n");
  BOOST_TEST(reason_phrase(599).empty());
  for (int status : {200, 202, 204, 400, 401, 403, 404, 405, 406, 408,
                     413, 415, 417, 421, 429, 431, 500, 501, 503, 505})
    BOOST_TEST(!reason_phrase(status).empty());
}

BOOST_AUTO_TEST_SUITE_END()
