#include "server/catalogue.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <memory>
#include <string>

#include "comcp/protocol/methods.hpp"
#include "server/cursor.hpp"

using namespace comcp;
using detail::catalogue;

namespace {

awaitable<std::string> answer() {
  co_return "x";
}

tool_definition tool(std::string name) {
  return make_tool(std::move(name), "a tool", answer);
}
resource_definition resource(std::string uri) {
  return make_resource(std::move(uri), "r", answer);
}

json::object obj(std::string_view text) {
  return json::parse(text).as_object();
}

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const registration_error& e) {
    return e.what();
  }
  return "accepted";
}

const protocol::rules& newest() {
  return protocol::newest();
}

json::object page(const catalogue& c,
                  const detail::list_style& style,
                  json::value params,
                  const protocol::rules& r = newest()) {
  const auto got = c.tools->page(style, r, params);
  if (const auto* error = std::get_if<jsonrpc::error_object>(&got))
    return obj("{\"code\":" + std::to_string(error->code) + "}");
  return obj(std::get<0>(got)->text);
}

std::string names(const json::object& result) {
  std::string out;
  for (const auto& t : result.at("tools").as_array())
    out += std::string(t.at("name").as_string()) + " ";
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(catalogues)

// mcpserver:tool:duplicate-name, mcpserver:resource:duplicate-name, mcpserver:prompt:duplicate-name
BOOST_AUTO_TEST_CASE(refuses_what_is_there_already_and_says_what) {
  catalogue c;
  c.add(tool("add"));
  c.add_resource(resource("x:a"));
  c.add_template(resource("x:{id}"));
  c.add(make_prompt("p", "", answer));
  BOOST_TEST(refusal([&] { c.add(tool("add")); }) == "tool \"add\": is there already");
  BOOST_TEST(refusal([&] { c.add_resource(resource("x:a")); }) ==
             "resource \"x:a\": is there already");
  BOOST_TEST(refusal([&] { c.add_template(resource("x:{id}")); }) ==
             "resource template \"x:{id}\": is there already");
  BOOST_TEST(refusal([&] { c.add(make_prompt("p", "", answer)); }) ==
             "prompt \"p\": is there already");
}

BOOST_AUTO_TEST_CASE(refuses_what_could_not_be_served) {
  catalogue c;
  const auto with_input = [](std::string_view schema) {
    return make_tool("t", "", answer, tool_options().input_schema(obj(schema)));
  };
  const auto with_output = [](std::string_view schema) {
    return make_tool("t", "", answer, tool_options().output_schema(json::parse(schema)));
  };
  const auto why = [&](auto d) { return refusal([&] { c.add(std::move(d)); }); };
  BOOST_TEST(why(tool("")).find("needs a name") != std::string::npos);
  // S-TOOL-07
  BOOST_TEST(why(with_input("{}")) ==
             R"(tool "t": the root of its input schema must say "type": "object")");
  BOOST_TEST(why(with_input(R"({"type":"array"})")).find("must say") != std::string::npos);
  BOOST_TEST(why(with_input(R"({"type":"object","properties":{"a":{"minLength":"x"}}})"))
                 .find("input schema is not usable: #/properties/a/minLength") !=
             std::string::npos);
  // S-TOOL-09
  BOOST_TEST(why(with_input(R"({"type":"object","$ref":"https://example.com/schema"})"))
                 .find("not usable") != std::string::npos);
  // S-TOOL-10
  BOOST_TEST(why(with_input(R"({"type":"object","$schema":"https://example.com/dialect"})"))
                 .find("not usable") != std::string::npos);
  BOOST_TEST(why(with_output(R"({"type":7})")).find("output schema is not usable") !=
             std::string::npos);
  // S-TOOL-08
  BOOST_TEST(why(with_input(
                 R"({"type":"object","properties":{"a":{"type":"number","x-mcp-header":"A"}}})")) !=
             "accepted");
  BOOST_TEST(why(tool_definition(tool("t").info, nullptr)) == "tool \"t\": has no handler");

  BOOST_TEST(refusal([&] { c.add_resource(resource("no uri")); }).find("is not a URI") !=
             std::string::npos);
  BOOST_TEST(refusal([&] { c.add_resource(resource("x:a b")); }).find("is not a URI") !=
             std::string::npos);
  BOOST_TEST(refusal([&] {
               c.add_resource(make_resource("x:a", "", answer));
             }).find("needs a name") != std::string::npos);
  BOOST_TEST(refusal([&] { c.add_template(resource("x:{a")); }).find("without its }") !=
             std::string::npos);
  BOOST_TEST(refusal([&] { c.add_template(resource("x:a")); }).find("no variable") !=
             std::string::npos);
  BOOST_TEST(
      refusal([&] {
        c.add(make_prompt("p", "", answer, prompt_options().argument("a", "").argument("a", "")));
      }).find("two arguments") != std::string::npos);
  BOOST_TEST(c.tools->entries.empty());
  BOOST_TEST(!c.has_resources());
}

BOOST_AUTO_TEST_CASE(completions_need_their_target) {
  catalogue c;
  c.add(make_prompt("p", "", answer, prompt_options().argument("city", "")));
  c.add_template(resource("x:{id}"));
  const auto add = [&](completion_target t) {
    return refusal([&] { c.add(std::move(t), detail::complete_from({"a"})); });
  };
  BOOST_TEST(add(completion_target::prompt("q", "city")).find("doesn't exist") !=
             std::string::npos);
  BOOST_TEST(add(completion_target::prompt("p", "town")).find("no argument \"town\"") !=
             std::string::npos);
  BOOST_TEST(add(completion_target::resource_template("x:{i}", "i")).find("doesn't exist") !=
             std::string::npos);
  BOOST_TEST(!c.has_completions());
  BOOST_TEST(add(completion_target::prompt("p", "city")) == "accepted");
  BOOST_TEST(add(completion_target::prompt("p", "city")).find("already") != std::string::npos);
  BOOST_TEST(add(completion_target::resource_template("x:{id}", "id")) == "accepted");
  BOOST_TEST(c.has_completions());
  BOOST_TEST(c.remove_prompt("p"));
  BOOST_TEST(c.remove_template("x:{id}"));
  BOOST_TEST(!c.has_completions());
}

BOOST_AUTO_TEST_CASE(names_outside_of_the_guidance_are_doubted_not_refused) {
  BOOST_TEST(detail::doubt_about_name("get_weather-2.1A").empty());
  BOOST_TEST(!detail::doubt_about_name("get weather").empty());
  BOOST_TEST(!detail::doubt_about_name("wetter/\xc3\xbc").empty());
  BOOST_TEST(!detail::doubt_about_name(std::string(129, 'a')).empty());
}

BOOST_AUTO_TEST_CASE(a_fixed_resource_comes_before_templates_in_their_order) {
  catalogue c;
  c.add_template(resource("x:{+any}"));
  c.add_template(resource("x:a/{id}"));
  c.add_resource(resource("x:a/1"));
  BOOST_TEST(c.find_resource("x:a/1").fixed->info.uri == "x:a/1");
  BOOST_TEST(c.find_resource("x:a/2").pattern->info.uri_template == "x:{+any}");
  BOOST_TEST(c.find_resource("x:a/2").variables.at("any") == "a/2");
  BOOST_TEST(!c.find_resource("y:a"));
  c.remove_template("x:{+any}");
  BOOST_TEST(c.find_resource("x:a/2").variables.at("id") == "2");
}

// S-TOOL-06: in the order of their names
BOOST_AUTO_TEST_CASE(lists_are_cut_into_pages) {
  catalogue c;
  for (const char* name : {"e", "a", "c", "b", "d"})
    c.add(tool(name));
  detail::list_style style;
  style.page_size = 2;
  auto first = page(c, style, nullptr);
  BOOST_TEST(names(first) == "a b ");
  auto cursor = [](const json::object& p) {
    json::object params;
    params["cursor"] = p.at("nextCursor");
    return json::value(params);
  };
  auto second = page(c, style, cursor(first));
  BOOST_TEST(names(second) == "c d ");
  auto third = page(c, style, cursor(second));
  BOOST_TEST(names(third) == "e ");
  BOOST_TEST(!third.contains("nextCursor"));

  style.page_size = 5;
  catalogue other = c;
  other.remove_tool("e");
  other.add(tool("e"));
  BOOST_TEST(!page(other, style, nullptr).contains("nextCursor"));
}

BOOST_AUTO_TEST_CASE(a_page_of_any_size_ends_with_the_list) {
  detail::list_style style;
  json::object params;
  for (const std::size_t size : {std::size_t{2}, std::numeric_limits<std::size_t>::max()}) {
    catalogue c;
    for (const char* name : {"a", "b", "c", "d"})
      c.add(tool(name));
    style.page_size = size;
    if (params.empty())
      params["cursor"] = page(c, style, nullptr).at("nextCursor");
    else
      BOOST_TEST(names(page(c, style, nullptr)) == "a b c d ");
    const auto rest = page(c, style, params);
    BOOST_TEST(names(rest) == "c d ");
    BOOST_TEST(!rest.contains("nextCursor"));
  }
}

BOOST_AUTO_TEST_CASE(an_empty_list_is_one_empty_page) {
  const catalogue c;
  BOOST_TEST(names(page(c, {}, nullptr)).empty());
}

BOOST_AUTO_TEST_CASE(a_cursor_survives_changes_of_the_list) {
  catalogue c;
  for (const char* name : {"a", "b", "c", "d"})
    c.add(tool(name));
  detail::list_style style;
  style.page_size = 2;
  json::object params;
  params["cursor"] = page(c, style, nullptr).at("nextCursor");
  c.remove_tool("b");
  c.add(tool("aa"));
  c.add(tool("bb"));
  BOOST_TEST(names(page(c, style, params)) == "bb c ");
  for (const char* name : {"bb", "c", "d"})
    c.remove_tool(name);
  BOOST_TEST(names(page(c, style, params)).empty());
}

// pagination:invalid-cursor
// S-PAGE-01
BOOST_AUTO_TEST_CASE(a_cursor_of_another_list_is_refused) {
  catalogue c;
  c.add(tool("a"));
  for (const json::value& bad :
       {json::value("nonsense"), json::value(""), json::value(7), json::value(nullptr),
        json::value(detail::make_cursor("prompts", "a"))}) {
    json::object params;
    params["cursor"] = bad;
    BOOST_TEST_CONTEXT(bad) {
      BOOST_TEST(page(c, {}, params).at("code").as_int64() == -32602);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_page_is_written_once_per_revision) {
  catalogue c;
  c.add(tool("a"));
  const detail::list_style style;
  const auto text = [&](const catalogue& from, const protocol::rules& r) {
    return std::get<0>(from.tools->page(style, r, nullptr));
  };
  for (const protocol::rules& r : protocol::all_rules())
    BOOST_TEST(text(c, r) == text(c, r));
  BOOST_TEST(text(c, newest())->text != text(c, protocol::newest_legacy())->text);
  const catalogue unchanged_tools = [&] {
    catalogue copy = c;
    copy.add_resource(resource("x:a"));
    return copy;
  }();
  BOOST_TEST(text(c, newest()) == text(unchanged_tools, newest()));
}

BOOST_AUTO_TEST_CASE(what_was_published_does_not_change) {
  detail::catalogue_store store;
  store.change([](catalogue& c) { return c.add(tool("a")), true; });
  const auto before = store.current();
  const auto entry = before->tools->entries.find("a");
  store.change([](catalogue& c) { return c.remove_tool("a"); });
  BOOST_TEST(before->tools->entries.size() == 1U);
  BOOST_TEST(store.current()->tools->entries.empty());
  BOOST_TEST(entry->tool.info.name == "a");
  BOOST_TEST(!store.change([](catalogue& c) { return c.remove_tool("a"); }));
  BOOST_CHECK_THROW(store.change([](catalogue& c) { return c.add(tool("")), true; }),
                    registration_error);
  BOOST_TEST(store.current()->tools->entries.empty());
}

BOOST_AUTO_TEST_SUITE_END()
