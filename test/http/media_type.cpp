#include "comcp/http/media_type.hpp"

#include <boost/test/unit_test.hpp>

using comcp::http::absent_accept;
using comcp::http::accept_quality;
using comcp::http::accepts;
using comcp::http::fields;
using comcp::http::is_media_type;
using comcp::http::media_essence;

BOOST_AUTO_TEST_SUITE(http_media_type)

BOOST_AUTO_TEST_CASE(content_types_are_compared_without_parameters) {
  BOOST_TEST(is_media_type("application/json", "application/json"));
  BOOST_TEST(is_media_type(" Application/JSON ; charset=utf-8", "application/json"));
  BOOST_TEST(!is_media_type("application/json-patch", "application/json"));
  BOOST_TEST(!is_media_type("application", "application/json"));
  BOOST_TEST(!is_media_type("", ""));
  BOOST_TEST(!is_media_type("text/plain, application/json", "application/json"));
  BOOST_TEST(media_essence("a/b;c").compare("a/b") == 0);
  BOOST_TEST(media_essence("/b").empty());
}

BOOST_AUTO_TEST_CASE(the_most_specific_range_decides) {
  struct row {
    const char* accept;
    const char* type;
    int quality;
  };
  const row rows[] = {
      {"application/json, text/event-stream", "text/event-stream", 1000},
      {"*/*", "text/event-stream", 1000},
      {"text/*", "text/event-stream", 1000},
      {"text/*", "application/json", 0},
      {"application/json", "text/event-stream", 0},
      {"text/event-stream;q=0, */*", "text/event-stream", 0},
      {"*/*, text/event-stream;q=0", "text/event-stream", 0},
      {"text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "text/html", 700},
      {"text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "text/plain", 300},
      {"text/*;q=0.3, text/html;q=0.7, */*;q=0.5", "image/jpeg", 500},
      {"APPLICATION/JSON ; Q=0.001", "application/json", 1},
      {"application/json;charset=utf-8;q=0.5", "application/json", 500},
      {"application/json;x=\"a,b;q=0\";q=0.2", "application/json", 200},
      {"application/json;q=2", "application/json", 0},
      {"application/json;q=1.001", "application/json", 0},
      {"application/json;q=0.12345, text/html", "application/json", 0},
      {"application/json;q=", "application/json", 0},
      {"", "application/json", 0},
      {",, ,", "application/json", 0},
      {"json", "application/json", 0},
      {"*/json", "application/json", 0},
      {"a/b;q=0.1, a/b;q=0.9", "a/b", 900},
  };
  for (const row& r : rows)
    BOOST_TEST_CONTEXT(r.accept << " for " << r.type)
  BOOST_TEST(accept_quality(r.accept, r.type) == r.quality);
}

BOOST_AUTO_TEST_CASE(several_accept_lines_are_one_list) {
  fields f;
  BOOST_TEST(accepts(f, "text/event-stream"));
  BOOST_TEST(!accepts(f, "text/event-stream", absent_accept::refuses));
  f.add("Accept", "application/json");
  BOOST_TEST(!accepts(f, "text/event-stream"));
  f.add("accept", "text/event-stream");
  BOOST_TEST(accepts(f, "text/event-stream"));
  BOOST_TEST(accepts(f, "application/json"));
}

BOOST_AUTO_TEST_SUITE_END()
