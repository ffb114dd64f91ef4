#include "comcp/jsonrpc/codec.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace {
using namespace comcp::jsonrpc;

BOOST_AUTO_TEST_SUITE(jsonrpc_codec)

// S-RPC-02, R-09: id 0, "0", 1, "1" and the largest integers keep their type and value.
BOOST_AUTO_TEST_CASE(an_id_comes_back_with_its_type_and_exact_value) {
  decoder d;
  for (const std::string_view id : {"0", "\"0\"", "1", "\"1\"", "\"\"", "9223372036854775807",
                                    "-9223372036854775808", "18446744073709551615"}) {
    const std::string text = R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":"m"})";
    auto got = d.decode(text);
    auto* m = std::get_if<message>(&got);
    BOOST_TEST_REQUIRE(m != nullptr);
    BOOST_TEST(std::get<request>(*m).id.to_string() == id);
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
