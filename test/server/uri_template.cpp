#include "comcp/server/uri_template.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using comcp::uri_template;
using values = uri_template::values;

namespace {

std::string shown(const std::optional<values>& v) {
  if (!v) return "no match";
  std::string out;
  for (const auto& [name, value] : *v)
    out += name + "=" + value + ";";
  return out;
}

struct expansion {
  const char* pattern;
  const char* uri;
};
struct match {
  const char* pattern;
  const char* uri;
  const char* found;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(uri_templates)

// RFC 6570, section 3.2: the examples of its levels 1 to 3
BOOST_AUTO_TEST_CASE(expands_as_rfc_6570_says) {
  const values v = {{"var", "value"},     {"hello", "Hello World!"},
                    {"path", "/foo/bar"}, {"x", "1024"},
                    {"y", "768"},         {"empty", ""},
                    {"half", "50%"},      {"base", "http://example.com/home/"}};
  const expansion rows[] = {
      {"{var}", "value"},
      {"{hello}", "Hello%20World%21"},
      {"{half}", "50%25"},
      {"O{empty}X", "OX"},
      {"O{undef}X", "OX"},
      {"{x,y}", "1024,768"},
      {"{x,hello,y}", "1024,Hello%20World%21,768"},
      {"?{x,empty}", "?1024,"},
      {"?{x,undef}", "?1024"},
      {"?{undef,y}", "?768"},
      {"{+var}", "value"},
      {"{+hello}", "Hello%20World!"},
      {"{+half}", "50%25"},
      {"{base}index", "http%3A%2F%2Fexample.com%2Fhome%2Findex"},
      {"{+base}index", "http://example.com/home/index"},
      {"{+path}/here", "/foo/bar/here"},
      {"{+path,x}/here", "/foo/bar,1024/here"},
      {"{#x,hello,y}", "#1024,Hello%20World!,768"},
      {"{#path,x}/here", "#/foo/bar,1024/here"},
      {"X{.var}", "X.value"},
      {"X{.x,y}", "X.1024.768"},
      {"{/var}", "/value"},
      {"{/var,x}/here", "/value/1024/here"},
      {"{?x,y}", "?x=1024&y=768"},
      {"{?x,y,empty}", "?x=1024&y=768&empty="},
      {"{?x,y,undef}", "?x=1024&y=768"},
      {"?fixed=yes{&x}", "?fixed=yes&x=1024"},
      {"{&x,y,empty}", "&x=1024&y=768&empty="},
      {"{/path*}", "//foo/bar"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.pattern) {
      BOOST_TEST(uri_template(row.pattern).expand(v) == row.uri);
    }
}

BOOST_AUTO_TEST_CASE(finds_the_values_in_a_uri) {
  const match rows[] = {
      {"test://template/{id}/data", "test://template/123/data", "id=123;"},
      {"test://template/{id}/data", "test://template//data", "no match"},
      {"test://template/{id}/data", "test://template/1/2/data", "no match"},
      {"test://template/{id}/data", "test://template/123/data/", "no match"},
      {"test://{id}", "test://a%2Fb%20c", "id=a/b c;"},
      {"test://{id}", "test://a%2", "no match"},
      {"test://{id}", "test://a%zz", "no match"},
      {"test://{id}", "test://a?b", "no match"},
      {"test://{id}", "other://a", "no match"},
      {"db://{table}.{column}", "db://a.b.c", "column=c;table=a.b;"},
      {"x:{a}-{b}-{c}", "x:1-2-3-4", "a=1-2;b=3;c=4;"},
      {"x:{a}{b}", "x:1%412", "a=1A;b=2;"},
      {"x:{a}{b}{c}", "x:1%41", "no match"},
      {"x:{a,b}", "x:1,2", "a=1;b=2;"},
      {"x:{a,b}", "x:1", "a=1;"},
      {"file://{+path}", "file:///etc/passwd", "path=/etc/passwd;"},
      {"file://{+path}", "file://", "path=;"},
      {"file://{+path}/meta", "file:///a/b/meta", "path=/a/b;"},
      {"x:files{/dir}", "x:files/a", "dir=a;"},
      {"x:files{/dir}", "x:files", ""},
      {"x:files{/dir}", "x:files/a/b", "no match"},
      {"x:files{/dir,name}", "x:files/a/b", "dir=a;name=b;"},
      {"x:files{/path*}", "x:files/a/b/c", "path=a/b/c;"},
      {"x:files{/path*}/end", "x:files/a/b/end", "path=a/b;"},
      {"x:name{.type}", "x:name.txt", "type=txt;"},
      {"x:page{#part}", "x:page#top", "part=top;"},
      {"x:page{#part}", "x:page", ""},
      {"x:q{?a,b}", "x:q?a=1&b=2", "a=1;b=2;"},
      {"x:q{?a,b}", "x:q?b=2&a=1", "a=1;b=2;"},
      {"x:q{?a,b}", "x:q?b=2", "b=2;"},
      {"x:q{?a,b}", "x:q", ""},
      {"x:q{?a,b}", "x:q?c=3&a=x%26y", "a=x&y;"},
      {"x:q{?a}", "x:q?a", "a=;"},
      {"x:q{?a}", "x:q?a=1&a=2", "a=1;"},
      {"x:q?v=1{&a}", "x:q?v=1&a=2", "a=2;"},
      {"x:{id}{?a}", "x:7?a=2", "a=2;id=7;"},
      {"x:{id}{?a}{#f}", "x:7?a=2#z", "a=2;f=z;id=7;"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.pattern << " against " << row.uri) {
      BOOST_TEST(shown(uri_template(row.pattern).match(row.uri)) == row.found);
    }
}

BOOST_AUTO_TEST_CASE(what_was_expanded_matches_with_the_same_values) {
  const values v = {{"a", "x/y z"}, {"b", "50% & more?"}, {"c", "\xc3\xa9"}};
  for (const char* pattern : {"s:{a}/{b}{?c}", "s:p{/a,b,c}", "s:q{?a,b,c}", "s:{a}{/b}{#c}"}) {
    const uri_template t(pattern);
    BOOST_TEST_CONTEXT(pattern) {
      BOOST_TEST(shown(t.match(t.expand(v))) == shown(v));
    }
  }
}

BOOST_AUTO_TEST_CASE(matching_stays_quick_for_hostile_uris) {
  const uri_template t("x:{a}-{b}-{c}-{d}-{e}-{f}-end");
  const std::string uri = "x:" + std::string(4000, '-');
  BOOST_TEST(!t.match(uri));
  BOOST_TEST(!uri_template("x:{a}").match("x:" + std::string(9000, 'a')));
}

// Both match, the longer one only behind 32 million steps.
BOOST_AUTO_TEST_CASE(matching_is_given_up_after_so_many_steps) {
  const uri_template t("x:{a}.{b}.z{c}");
  const auto uri = [](std::size_t dots) { return "x:a.b.zc" + std::string(dots, '.'); };
  BOOST_TEST(shown(t.match(uri(400))) == "a=a;b=b;c=c" + std::string(400, '.') + ";");
  BOOST_TEST(!t.match(uri(8000)));
  const uri_template query("x:{+a}{?b}/{+c}");
  BOOST_TEST(!query.match("x:" + std::string(8000, '?')));
}

BOOST_AUTO_TEST_CASE(refuses_what_it_does_not_understand_and_says_where) {
  for (const char* pattern : {"x:{", "x:}", "x:{}", "x:{a", "x:{a{b}}", "x:{a:3}", "x:{;a}",
                              "x:{=a}", "x:{a b}", "x:{a,}", "x:{a}{a}", "x:{a*}", "x:{/a*,b}",
                              "x:{.}", "x:%{a}", "x:100%", "x:%4{a}", "x:{a%4}"}) {
    BOOST_TEST_CONTEXT(pattern) {
      BOOST_CHECK_EXCEPTION(uri_template{pattern}, std::invalid_argument, [&](const auto& e) {
        return std::string(e.what()).find(pattern) != std::string::npos;
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(lists_its_variables_in_order) {
  const uri_template t("x:{b}/{a}{?z,c}");
  const std::vector<std::string> expected = {"b", "a", "z", "c"};
  BOOST_TEST(t.variables() == expected, boost::test_tools::per_element());
  BOOST_TEST(t.text() == "x:{b}/{a}{?z,c}");
}

BOOST_AUTO_TEST_SUITE_END()
