#include "server/failures.hpp"

#include <boost/test/unit_test.hpp>

#include <new>
#include <stdexcept>

#include "comcp/json/convert.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/server/errors.hpp"

using namespace comcp;
using namespace comcp::detail;
using protocol::call_tool_result;

namespace {

const protocol::rules& modern() {
  return protocol::newest();
}
const protocol::rules& legacy() {
  return protocol::newest_legacy();
}

template <class E>
std::exception_ptr thrown(E e) {
  return std::make_exception_ptr(std::move(e));
}

json::object sampling() {
  json::object required;
  required["sampling"] = json::object();
  return required;
}

/// "isError: text", or "code text", and "+log" when the log hears of it.
std::string tool(const std::exception_ptr& e, const protocol::rules& r = modern()) {
  const tool_failure f = judge_tool_failure(e, "t", r);
  const std::string log = f.for_log.empty() ? "" : " +log";
  if (const auto* error = std::get_if<jsonrpc::error_object>(&f.answer))
    return std::to_string(error->code) + " " + error->message + log;
  const auto& result = std::get<call_tool_result>(f.answer);
  BOOST_TEST(result.is_error);
  BOOST_TEST(result.content.size() == 1U);
  return "isError: " + std::get<protocol::text_content>(result.content.at(0).value).text + log;
}

std::string other(const std::exception_ptr& e,
                  const protocol::rules& r = modern(),
                  std::string_view uri = {}) {
  const other_failure f = judge_failure(e, "prompt p", uri, r);
  return std::to_string(f.answer.code) + " " + f.answer.message +
         (f.for_log.empty() ? "" : " +log");
}

}  // namespace

// 07-errors: mapping for authors of handlers
BOOST_AUTO_TEST_SUITE(failures)

// S-TOOL-03, R-06
BOOST_AUTO_TEST_CASE(of_tools) {
  const std::string generic = "isError: The tool failed because of an internal error. +log";
  BOOST_TEST(tool(thrown(tool_error("no such city"))) == "isError: no such city");
  BOOST_TEST(tool(thrown(std::runtime_error("password=hunter2"))) == generic);
  BOOST_TEST(tool(thrown(std::bad_alloc())) == generic);
  BOOST_TEST(tool(thrown(42)) == generic);
  BOOST_TEST(tool(thrown(json::convert_error("/a", "expected a string"))) == generic);
  BOOST_TEST(tool(thrown(request_error(jsonrpc::error_object(1234, "mine")))) == "1234 mine");
  BOOST_TEST(tool(thrown(invalid_params_error("no"))) == "-32602 Invalid params: no");
  BOOST_TEST(tool(thrown(not_found_error("no such table"))) == "isError: no such table");
  BOOST_TEST(tool(thrown(timeout_error("5 s"))) ==
             "isError: The tool took longer than its time limit. +log");
}

// S-MOD-05
BOOST_AUTO_TEST_CASE(of_a_missing_client_capability) {
  const auto e = thrown(capability_missing_error(sampling()));
  BOOST_TEST(tool(e, modern()) == "-32021 Missing required client capability");
  BOOST_TEST(tool(e, legacy()) ==
             R"(isError: The client lacks a capability that this needs: {"sampling":{}})");
  BOOST_TEST(other(e, modern()) == "-32021 Missing required client capability");
  BOOST_TEST(other(e, legacy()).starts_with("-32602 Invalid params: The client lacks"));
  const auto f = judge_tool_failure(e, "t", modern());
  BOOST_TEST(std::get<jsonrpc::error_object>(f.answer).data->at("requiredCapabilities") ==
             json::value(sampling()));
}

// sampling:error:user-rejected
BOOST_AUTO_TEST_CASE(of_a_question_say_why_it_has_no_answer) {
  const auto refused = thrown(peer_error(jsonrpc::error_object(-1, "User rejected it")));
  BOOST_TEST(tool(refused, modern()) ==
             "isError: The client answered a question with an error: User rejected it");
  BOOST_TEST(other(refused, modern()) ==
             "-32603 The client answered a question with an error: User rejected it");
  const auto late = thrown(session_error(session_errc::timed_out, "secret"));
  BOOST_TEST(
      tool(late, legacy()) ==
      "isError: A question to the client has no answer: the peer did not answer in time. +log");
  BOOST_TEST(
      other(late, legacy()) ==
      "-32603 A question to the client has no answer: the peer did not answer in time. +log");
}

BOOST_AUTO_TEST_CASE(of_a_handlers_task_group_show_what_its_children_threw) {
  const auto inner = thrown(
      exception_group({thrown(std::runtime_error("secret")), thrown(tool_error("no such city"))}));
  BOOST_TEST(tool(inner) == "isError: no such city");
  BOOST_TEST(tool(thrown(exception_group({inner}))) == "isError: no such city");
  BOOST_TEST(tool(thrown(exception_group({thrown(std::runtime_error("secret"))}))) ==
             "isError: The tool failed because of an internal error. +log");
}

BOOST_AUTO_TEST_CASE(of_everything_else) {
  BOOST_TEST(other(thrown(std::runtime_error("password=hunter2"))) == "-32603 Internal error +log");
  BOOST_TEST(other(thrown(42)) == "-32603 Internal error +log");
  BOOST_TEST(other(thrown(tool_error("the service is down"))) == "-32603 the service is down");
  BOOST_TEST(other(thrown(invalid_params_error("no"))) == "-32602 Invalid params: no");
  BOOST_TEST(other(thrown(not_found_error("no such thing"))) ==
             "-32602 Invalid params: no such thing");
}

// S-RES-01, S-RES-02
BOOST_AUTO_TEST_CASE(a_missing_resource_has_the_code_of_the_revision) {
  const auto e = thrown(not_found_error());
  BOOST_TEST(other(e, modern(), "x:a") == "-32602 Resource not found");
  BOOST_TEST(other(e, legacy(), "x:a") == "-32002 Resource not found");
  BOOST_TEST(judge_failure(e, "r", "x:a", modern()).answer.data->at("uri") == "x:a");
}

BOOST_AUTO_TEST_CASE(the_log_gets_the_details_on_one_line) {
  const auto f =
      judge_tool_failure(thrown(std::runtime_error("password=hunter2")), "a\nb", modern());
  BOOST_TEST(f.for_log.find("password=hunter2") != std::string::npos);
  BOOST_TEST(f.for_log.find('\n') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
