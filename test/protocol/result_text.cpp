// The written result of a call says what the built one would.

#include "protocol/result_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/protocol/request_meta.hpp"
#include "comcp/protocol/result.hpp"

using namespace comcp;
using namespace comcp::protocol;

namespace {

json::value written(const call_tool_result& value,
                    const tool& of,
                    const rules& r,
                    const implementation& server) {
  std::string text;
  append_complete_result(text, value, of, r, identity_texts(server));
  return boost::json::parse(text);
}

json::value built(const call_tool_result& value,
                  const tool& of,
                  const rules& r,
                  const implementation& server) {
  json::object o = encode(value, of, r);
  complete_result(o, find_method(method::tools_call), r, server);
  return o;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(protocol_result_text)

BOOST_AUTO_TEST_CASE(a_written_result_is_the_built_one_in_every_revision) {
  implementation server("se\"rver", "1");
  server.title = "A server";

  std::vector<call_tool_result> results;
  results.emplace_back();
  results.push_back(call_tool_result::text("a \"text\"\n\xff"));
  results.push_back(call_tool_result::error("why"));
  results.push_back(call_tool_result::structured(json::object{{"n", 1}, {"x", 0.5}}));
  results.push_back(call_tool_result::structured(json::array{1, "two"}));
  call_tool_result silent = call_tool_result::structured(json::object{{"n", 2}});
  silent.content.clear();
  results.push_back(silent);
  call_tool_result rich = call_tool_result::text("one");
  rich.content.emplace_back(image_content("QUJD", "image/png"));
  rich.content.emplace_back(audio_content("QUJD", "audio/wav"));
  rich.content.emplace_back(resource_link("file:///a", "a"));
  content_block noted("noted");
  noted.annotations.priority = 0.5;
  rich.content.push_back(noted);
  content_block tagged("tagged");
  tagged.meta["k"] = "v";
  rich.content.push_back(tagged);
  rich.meta["mine"] = 1;
  rich.meta[meta_key::server_info] = "a lie";
  results.push_back(rich);

  tool plain;
  plain.name = "t";
  tool typed = plain;
  typed.output_schema = json::object{{"type", "object"}};
  tool listed = plain;
  listed.output_schema = json::object{{"type", "array"}};
  for (const tool& of : {plain, typed, listed})
    for (const rules& r : all_rules())
      for (std::size_t i = 0; i < results.size(); ++i) {
        const json::value got = written(results[i], of, r, server);
        json::value expected = built(results[i], of, r, server);
        // What isn't UTF-8 is replaced when it is written.
        expected = boost::json::parse(jsonrpc::to_text(expected));
        BOOST_TEST(got == expected,
                   r.name << ", result " << i << ": " << got << " is not " << expected);
      }
}

BOOST_AUTO_TEST_SUITE_END()
