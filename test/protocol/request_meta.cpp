#include "comcp/protocol/request_meta.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {
using namespace comcp;
using namespace comcp::protocol;
namespace code = comcp::jsonrpc::error_code;

json::value with_meta(const char* meta) {
  return json::parse(std::string(R"({"_meta":)") + meta + "}");
}

constexpr const char* complete = R"({
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {"elicitation": {}, "sampling": {"tools": {}}},
  "io.modelcontextprotocol/clientInfo": {"name": "c", "version": "1"},
  "io.modelcontextprotocol/logLevel": "warning",
  "progressToken": 7, "traceparent": "00-1-2-01"})";

using envelope = std::variant<request_meta, jsonrpc::error_object>;
envelope decode(json::value params) {
  return decode_modern_envelope(params);
}
request_meta decode_legacy(json::value params) {
  return decode_legacy_meta(params);
}

BOOST_AUTO_TEST_SUITE(protocol_request_meta)

BOOST_AUTO_TEST_CASE(a_complete_envelope_is_understood_and_kept_verbatim) {
  auto got = decode(with_meta(complete));
  auto& meta = std::get<request_meta>(got);
  BOOST_TEST(!check_version(meta).has_value());
  BOOST_TEST(meta.rules == &newest());
  BOOST_TEST(meta.progress_token->to_string() == "7");
  BOOST_TEST((meta.log_level == logging_level::warning));
  BOOST_TEST(meta.client_info()->name == "c");
  BOOST_TEST(meta.capabilities().elicitation_form);
  BOOST_TEST(!meta.capabilities().elicitation_url);
  BOOST_TEST(meta.capabilities().sampling_tools);
  BOOST_TEST(meta.verbatim.contains("traceparent"));
  BOOST_TEST(meta.version() == "2026-07-28");
  BOOST_TEST(meta.declares_any({"elicitation"}));
  BOOST_TEST(!meta.declares_any({"roots"}));
}

// S-MOD-02: what the envelope lacks or gets wrong is -32602 and named.
BOOST_AUTO_TEST_CASE(an_incomplete_envelope_is_refused_by_name) {
  const auto refused = [](const json::value& params, std::string_view named) {
    const auto got = decode(params);
    const auto* error = std::get_if<jsonrpc::error_object>(&got);
    BOOST_TEST_REQUIRE(error != nullptr);
    BOOST_TEST(error->code == code::invalid_params);
    BOOST_TEST(error->message.find(named) != std::string::npos, error->message);
  };
  refused(json::parse("{}"), "_meta");
  refused(json::parse(R"({"_meta":[]})"), "_meta");
  refused(json::value(), "_meta");
  refused(with_meta("{}"), "protocolVersion");
  refused(with_meta(R"({"io.modelcontextprotocol/protocolVersion":5,
                        "io.modelcontextprotocol/clientCapabilities":{}})"),
          R"(protocolVersion"] must be a string)");
  refused(with_meta(R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28"})"),
          "clientCapabilities");
  refused(with_meta(R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",
                        "io.modelcontextprotocol/clientCapabilities":[]})"),
          "clientCapabilities");
  refused(with_meta(R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",
                        "io.modelcontextprotocol/clientCapabilities":{},
                        "io.modelcontextprotocol/logLevel":"loud"})"),
          "logLevel");
}

// S-MOD-03
BOOST_AUTO_TEST_CASE(the_clients_name_may_be_missing) {
  const auto got = decode(with_meta(R"({
    "io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}})"));
  BOOST_TEST(!std::get<request_meta>(got).client_info());
}

// S-MOD-04: unknown and legacy versions are -32022 with both members of data.
BOOST_AUTO_TEST_CASE(an_unsupported_version_names_those_that_are_supported) {
  for (const char* version : {"1900-01-01", "2025-11-25", ""}) {
    json::value params = with_meta(complete);
    params.at("_meta").as_object()[meta_key::protocol_version] = version;
    auto meta = std::get<request_meta>(decode(params));
    const auto error = check_version(meta);
    BOOST_TEST_REQUIRE(error.has_value());
    BOOST_TEST(error->code == code::unsupported_protocol_version);
    BOOST_TEST(error->data->at("requested").as_string() == version);
    BOOST_TEST(error->data->at("supported").as_array().size() == 5U);
  }
}

BOOST_AUTO_TEST_CASE(the_version_key_alone_is_the_sign_of_a_modern_message) {
  BOOST_TEST(has_modern_envelope(with_meta(R"({"io.modelcontextprotocol/protocolVersion":3})")));
  BOOST_TEST(!has_modern_envelope(with_meta(R"({"progressToken":1})")));
  BOOST_TEST(!has_modern_envelope(json::value()));
  BOOST_TEST(!has_modern_envelope(json::parse("[1]")));
}

// S-RPC-13
BOOST_AUTO_TEST_CASE(legacy_meta_never_fails) {
  BOOST_TEST(!decode_legacy(json::parse(R"({"_meta":4})")).progress_token.has_value());
  BOOST_TEST(!decode_legacy(with_meta(R"({"progressToken":1.5})")).progress_token.has_value());
  BOOST_TEST(
      decode_legacy(with_meta(R"({"progressToken":"t","b@d/ key!":1})")).progress_token->text() ==
      "t");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
