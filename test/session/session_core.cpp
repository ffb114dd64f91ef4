#include "session/session_core.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>
#include <vector>

#include "comcp/jsonrpc/codec.hpp"
#include "session/request_state.hpp"

using namespace comcp;
using namespace comcp::detail;

namespace {

std::string id_text(const std::optional<jsonrpc::request_id>& id) {
  return id ? id->to_string() : "-";
}

// An action in a few words, for the tables.
struct describe {
  std::string operator()(const start_request& a) const {
    return "start " + a.request.method + " " + std::string(a.rules->name);
  }
  std::string operator()(const answer_initialize& a) const {
    return "initialize " + std::string(a.rules->name);
  }
  std::string operator()(const answer_empty& a) const { return "empty " + a.id.to_string(); }
  std::string operator()(const answer_log_level& a) const {
    return "level " + std::string(to_string(a.level));
  }
  std::string operator()(const answer_error& a) const {
    return "error " + id_text(a.id) + " " + std::to_string(a.error.code);
  }
  std::string operator()(const cancel_request& a) const { return "cancel " + a.reason; }
  std::string operator()(const resolve_call& a) const {
    return a.outcome.index() == 0 ? "result" : "error result";
  }
  std::string operator()(const call_progress& a) const {
    return "progress " + std::to_string(static_cast<int>(a.update.progress));
  }
  std::string operator()(const report_error& a) const {
    return "peer error " + std::to_string(a.error.code);
  }
  std::string operator()(const notify_handler& a) const {
    return "notify " + a.notification.method;
  }
  std::string operator()(const handshake_complete&) const { return "ready"; }
  std::string operator()(const ignore&) const { return "ignore"; }
};

class conversation {
 public:
  explicit conversation(session_options o = {}) : options(std::move(o)) {}

  std::string feed(std::string_view text) {
    auto decoded = decoder.decode(text);
    if (auto* m = std::get_if<jsonrpc::message>(&decoded)) {
      last = core.on_message(std::move(*m));
      if (std::holds_alternative<answer_initialize>(last)) core.logging_declared(true);
      return std::visit(describe(), last);
    }
    if (auto* b = std::get_if<jsonrpc::batch>(&decoded)) {
      if (auto refusal = core.refuse_batch()) return describe()(*refusal);
      std::string all;
      shared_charges charges;
      for (auto& e : b->elements) {
        if (!all.empty()) all += ", ";
        all +=
            e.index() == 0
                ? std::visit(describe(), core.on_batch_message(std::get<0>(std::move(e)), charges))
                : "malformed";
      }
      return all;
    }
    last = core.on_malformed(std::get<jsonrpc::malformed>(std::move(decoded)));
    return std::visit(describe(), last);
  }

  session_options options;
  session_core core{options};
  jsonrpc::decoder decoder;
  action last = ignore{};
};

struct step {
  std::string in;
  std::string out;
};
struct script {
  const char* promise;
  std::vector<step> steps;
};

std::string request(std::string_view id, std::string_view method, std::string_view params = "") {
  std::string text =
      R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"method":")" + std::string(method) + '"';
  if (!params.empty()) text += R"(,"params":)" + std::string(params);
  return text + "}";
}

std::string note(std::string_view method, std::string_view params = "") {
  std::string text = R"({"jsonrpc":"2.0","method":")" + std::string(method) + '"';
  if (!params.empty()) text += R"(,"params":)" + std::string(params);
  return text + "}";
}

std::string initialize(std::string_view version) {
  return request("1", "initialize",
                 R"({"protocolVersion":")" + std::string(version) +
                     R"(","capabilities":{},"clientInfo":{"name":"c","version":"1"}})");
}

std::string modern(std::string_view id,
                   std::string_view method,
                   std::string_view version = "2026-07-28") {
  return request(id, method,
                 R"({"_meta":{"io.modelcontextprotocol/protocolVersion":")" + std::string(version) +
                     R"(","io.modelcontextprotocol/clientCapabilities":{}}})");
}

std::string cancel(std::string_view id, std::string_view more = "") {
  return note("notifications/cancelled",
              R"({"requestId":)" + std::string(id) + std::string(more) + "}");
}

const step hello{initialize("2025-11-25"), "initialize 2025-11-25"};
const step hello_batching{initialize("2025-03-26"), "initialize 2025-03-26"};
const step ready{note("notifications/initialized"), "ready"};

void play(const std::vector<script>& scripts, const session_options& options = {}) {
  for (const auto& s : scripts) {
    conversation c(options);
    for (const auto& [in, out] : s.steps) {
      BOOST_TEST_CONTEXT(s.promise << ": " << in) {
        BOOST_TEST(c.feed(in) == out);
      }
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(session_core_lifecycle)

// lifecycle:requests-before-initialized, ping:client-to-server
BOOST_AUTO_TEST_CASE(T_13_before_the_handshake_only_ping_and_initialize_are_served) {
  play({
      {"ping in any state",
       {{request("7", "ping"), "empty 7"}, hello, {request("8", "ping"), "empty 8"}}},
      {"known method, nothing sent yet", {{request("7", "tools/list"), "error 7 -32600"}}},
      {"unknown method, nothing sent yet", {{request("7", "no/such"), "error 7 -32601"}}},
      {"a method of the server's is unknown here",
       {{request("7", "roots/list"), "error 7 -32601"}}},
      {"a method of the modern era is unknown here",
       {{request("7", "server/discover"), "error 7 -32601"}}},
      {"known method before initialized", {hello, {request("7", "tools/list"), "error 7 -32600"}}},
      {"unknown method before initialized", {hello, {request("7", "no/such"), "error 7 -32601"}}},
      {"a later handshake works",
       {{request("7", "tools/list"), "error 7 -32600"},
        hello,
        ready,
        {request("8", "tools/list"), "start tools/list 2025-11-25"}}},
      {"the handshake is complete only with initialize",
       {{note("notifications/initialized"), "ignore"},
        {request("7", "tools/list"), "error 7 -32600"}}},
      {"initialized twice", {hello, ready, {note("notifications/initialized"), "ignore"}}},
      {"notifications before the handshake",
       {{note("notifications/progress"), "ignore"},
        hello,
        {note("notifications/progress"), "ignore"},
        ready,
        {note("notifications/progress"), "notify notifications/progress"}}},
  });
}

BOOST_AUTO_TEST_CASE(the_initialized_notification_can_be_made_optional) {
  play({{"pipelined behind initialize",
         {hello, {request("7", "tools/list"), "start tools/list 2025-11-25"}}},
        {"what a request completed stays so",
         {hello,
          {request("7", "tools/list"), "start tools/list 2025-11-25"},
          {note("notifications/else"), "notify notifications/else"},
          {note("notifications/initialized"), "ignore"}}}},
       session_options().handshake(handshake_check::initialize_only));
}

// lifecycle:version:match, lifecycle:version:server-fallback-latest
BOOST_AUTO_TEST_CASE(S_LIFE_02_S_LIFE_03_the_version_is_negotiated) {
  for (const char* version : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
    conversation c;
    BOOST_TEST(c.feed(initialize(version)) == std::string("initialize ") + version);
  }
  for (const char* version : {"1999-01-01", "2099-01-01", "2026-07-28", ""}) {
    conversation c;
    BOOST_TEST(c.feed(initialize(version)) == "initialize 2025-11-25");
  }
}

BOOST_AUTO_TEST_CASE(initialize_is_judged) {
  play({
      {"twice", {hello, {initialize("2025-11-25"), "error 1 -32600"}}},
      {"twice, after the handshake", {hello, ready, {initialize("2025-11-25"), "error 1 -32600"}}},
      {"without params", {{request("1", "initialize"), "error 1 -32602"}, hello}},
      {"with params of the wrong type",
       {{request("1", "initialize", "[]"), "error 1 -32602"}, hello}},
      {"with a version of the wrong type",
       {{request(
             "1", "initialize",
             R"({"protocolVersion":1,"capabilities":{},"clientInfo":{"name":"c","version":"1"}})"),
         "error 1 -32602"}}},
  });
}

BOOST_AUTO_TEST_CASE(a_failed_initialize_leaves_no_session) {
  conversation c;
  c.feed(initialize("2025-11-25"));
  c.core.initialize_failed();
  BOOST_TEST((c.core.negotiated() == nullptr));
  BOOST_TEST((c.core.client_info() == nullptr));
  BOOST_TEST(c.feed(initialize("2025-06-18")) == "initialize 2025-06-18");
}

BOOST_AUTO_TEST_CASE(draining_refuses_requests_but_lets_running_ones_be_cancelled) {
  conversation c;
  c.feed(initialize("2025-11-25"));
  c.feed(note("notifications/initialized"));
  c.feed(request("7", "tools/list"));
  c.core.drain();
  BOOST_TEST(c.feed(request("8", "tools/list")) == "error 8 -32603");
  BOOST_TEST(c.feed(modern("9", "tools/list")) == "error 9 -32603");
  BOOST_TEST(c.feed(request("10", "ping")) == "empty 10");
  BOOST_TEST(c.feed(cancel("7")) == "cancel ");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(session_core_requests)

// protocol:error:method-not-found
BOOST_AUTO_TEST_CASE(what_a_legacy_request_becomes) {
  play({
      {"R-07: what isn't in the table is the handler's to refuse",
       {hello, ready, {request("7", "no/such"), "start no/such 2025-11-25"}}},
      {"a method that the revision lacks",
       {hello, ready, {request("7", "server/discover"), "error 7 -32601"}}},
      {"a method of the other direction",
       {hello, ready, {request("7", "elicitation/create"), "error 7 -32601"}}},
      {"a notification's name as a request",
       {hello, ready, {request("7", "notifications/progress"), "error 7 -32601"}}},
      {"params must be an object",
       {hello, ready, {request("7", "tools/list", "[1]"), "error 7 -32602"}}},
      {"params may be absent",
       {hello, ready, {request("7", "tools/list"), "start tools/list 2025-11-25"}}},
      {"the log level",
       {hello, ready, {request("7", "logging/setLevel", R"({"level":"error"})"), "level error"}}},
      {"logging:set-level:invalid-level",
       {hello,
        ready,
        {request("7", "logging/setLevel", R"({"level":"loud"})"), "error 7 -32602"},
        {request("8", "logging/setLevel"), "error 8 -32602"},
        {request("9", "logging/setLevel", R"({"level":3})"), "error 9 -32602"}}},
  });
}

BOOST_AUTO_TEST_CASE(R_09_ids_differ_by_type_and_value) {
  conversation c;
  c.feed(initialize("2025-11-25"));
  c.feed(note("notifications/initialized"));
  for (const char* id :
       {"0", "\"0\"", "1", "\"1\"", "9223372036854775807", "18446744073709551615", "\"\""}) {
    BOOST_TEST(c.feed(request(id, "tools/list")) == "start tools/list 2025-11-25");
  }
  BOOST_TEST(c.core.in_flight_count() == 7u);
}

BOOST_AUTO_TEST_CASE(an_id_in_use_is_refused_without_naming_it) {
  conversation c;
  c.feed(initialize("2025-11-25"));
  c.feed(note("notifications/initialized"));
  c.feed(request("7", "tools/list"));
  // With id 7 the error would be taken for the answer of the request that runs.
  BOOST_TEST(c.feed(request("7", "tools/list")) == "error - -32600");
  BOOST_TEST(c.feed(modern("7", "tools/list")) == "error - -32600");
  for (const char* method : {"ping", "logging/setLevel", "no/such", "initialize"})
    BOOST_TEST(c.feed(request("7", method)) == "error - -32600");
  c.core.forget(7);
  BOOST_TEST(c.feed(modern("7", "tools/list")) == "start tools/list 2026-07-28");
}

BOOST_AUTO_TEST_CASE(more_than_running_and_waiting_together_is_busy) {
  conversation c(session_options().max_concurrent_requests(2).max_queued_requests(1));
  c.feed(initialize("2025-11-25"));
  c.feed(note("notifications/initialized"));
  for (const char* id : {"1", "2", "3"}) {
    BOOST_TEST(c.feed(request(id, "tools/list")).starts_with("start"));
  }
  BOOST_TEST(c.feed(request("4", "tools/list")) == "error 4 -32603");
  const auto& busy = std::get<answer_error>(c.last);
  BOOST_TEST(busy.error.message.starts_with("The server is busy"));
  BOOST_TEST(c.feed(request("5", "ping")) == "empty 5");
  c.core.forget(2);
  BOOST_TEST(c.feed(request("4", "tools/list")).starts_with("start"));
}

// What bounds small requests is their number.
BOOST_AUTO_TEST_CASE(large_requests_in_progress_are_bounded_in_bytes) {
  const std::string large = R"({"name":")" + std::string(9000, 'x') + R"("})";
  const auto shared = std::make_shared<request_budget>(20'000);
  for (const session_options& options :
       {session_options().max_request_bytes(20'000), session_options().budget(shared)}) {
    conversation c(options);
    c.feed(initialize("2025-11-25"));
    c.feed(note("notifications/initialized"));
    std::vector<action> in_progress;
    for (const char* id : {"1", "2"}) {
      BOOST_TEST(c.feed(request(id, "tools/call", large)).starts_with("start"));
      in_progress.push_back(std::move(c.last));
    }
    BOOST_TEST(c.feed(request("3", "tools/call", large)) == "error 3 -32603");
    const auto& busy = std::get<answer_error>(c.last);
    BOOST_TEST(busy.error.message.starts_with("The server is busy"));
    BOOST_TEST(c.feed(request("4", "tools/list")).starts_with("start"));
    in_progress.pop_back();
    BOOST_TEST(c.feed(request("5", "tools/call", large)).starts_with("start"));
  }
  BOOST_TEST(shared->used() == 0U);
}

BOOST_AUTO_TEST_CASE(no_limit_is_none_however_large) {
  constexpr auto no_limit = std::numeric_limits<std::size_t>::max();
  conversation c(session_options().max_concurrent_requests(2).max_queued_requests(no_limit));
  c.feed(initialize("2025-11-25"));
  c.feed(note("notifications/initialized"));
  for (int id = 1; id <= 10; ++id)
    BOOST_TEST(c.feed(request(std::to_string(id), "tools/list")).starts_with("start"));
}

BOOST_AUTO_TEST_CASE(S_MOD_15_an_envelope_makes_a_request_modern_whatever_the_session_is) {
  play({
      {"before any handshake", {{modern("7", "tools/list"), "start tools/list 2026-07-28"}}},
      {"beside a legacy session",
       {hello,
        ready,
        {modern("7", "tools/list"), "start tools/list 2026-07-28"},
        {request("8", "tools/list"), "start tools/list 2025-11-25"}}},
      {"a probe, then initialize",
       {{modern("0", "server/discover"), "start server/discover 2026-07-28"},
        {initialize("2025-11-25"), "initialize 2025-11-25"}}},
      {"S-MOD-10: removed methods",
       {{modern("1", "ping"), "error 1 -32601"},
        {modern("2", "initialize"), "error 2 -32601"},
        {modern("3", "logging/setLevel"), "error 3 -32601"},
        {modern("4", "resources/subscribe"), "error 4 -32601"}}},
      {"S-MOD-04: unknown version", {{modern("1", "tools/list", "1900-01-01"), "error 1 -32022"}}},
      {"S-MOD-02: half an envelope",
       {{request("1", "tools/list",
                 R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}})"),
         "error 1 -32602"}}},
      {"a bare _meta is no envelope",
       {{request("1", "tools/list", R"({"_meta":{"progressToken":1}})"), "error 1 -32600"}}},
      {"S-MOD-06: the legacy state is untouched",
       {{modern("1", "tools/list"), "start tools/list 2026-07-28"},
        {request("2", "tools/list"), "error 2 -32600"}}},
  });
}

BOOST_AUTO_TEST_CASE(an_endpoint_can_serve_one_era_only) {
  play({{"legacy only",
         {{modern("1", "server/discover"), "error 1 -32601"},
          {modern("2", "tools/list"), "error 2 -32600"},
          hello}}},
       session_options().eras(served_eras::legacy));
  play({{"modern only: S-MOD-14",
         {{initialize("2025-11-25"), "error 1 -32022"},
          {request("2", "tools/list"), "error 2 -32602"},
          {modern("3", "tools/list"), "start tools/list 2026-07-28"}}}},
       session_options().eras(served_eras::modern));
}

BOOST_AUTO_TEST_CASE(S_RPC_08_S_RPC_09_S_RPC_10_batches_only_where_the_revision_has_them) {
  const std::string batch = "[" + request("7", "tools/list") + "," +
                            note("notifications/progress") + "," + request("8", "ping") + "," +
                            initialize("2025-03-26") + ",1]";
  play({
      {"before the handshake", {{batch, "error - -32600"}}},
      {"in 2025-11-25", {hello, ready, {batch, "error - -32600"}}},
      {"in 2025-03-26",
       {hello_batching,
        ready,
        {batch,
         "start tools/list 2025-03-26, notify notifications/progress, empty 8, error 1 -32600, "
         "malformed"}}},
  });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(session_core_cancellation)

BOOST_AUTO_TEST_CASE(C_05_S_CANC_01_cancelling_what_is_unknown_over_or_malformed_is_ignored) {
  conversation c;
  c.feed(initialize("2025-11-25"));
  c.feed(note("notifications/initialized"));
  c.feed(request("7", "tools/list"));
  BOOST_TEST(c.feed(cancel("8")) == "ignore");
  BOOST_TEST(c.feed(cancel("\"7\"")) == "ignore");  // another type, another id
  BOOST_TEST(c.feed(cancel("null")) == "ignore");
  BOOST_TEST(c.feed(cancel("7.5")) == "ignore");
  BOOST_TEST(c.feed(note("notifications/cancelled")) == "ignore");
  BOOST_TEST(c.feed(note("notifications/cancelled", "[7]")) == "ignore");
  BOOST_TEST(c.core.in_flight_count() == 1u);
  BOOST_TEST(c.feed(cancel("7", R"(,"reason":"changed my mind")")) == "cancel changed my mind");
  BOOST_TEST(c.feed(cancel("7")) == "ignore");
  BOOST_TEST(c.core.in_flight_count() == 0u);
}

BOOST_AUTO_TEST_CASE(initialize_is_never_cancellable) {
  play({{"", {hello, {cancel("1"), "ignore"}}}});
}

BOOST_AUTO_TEST_CASE(one_notification_reaches_the_requests_of_both_eras) {
  conversation c;
  c.feed(modern("\"m\"", "tools/list"));
  BOOST_TEST(c.feed(cancel("\"m\"")) == "cancel ");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(session_core_calls)

BOOST_AUTO_TEST_CASE(R_13_responses_find_their_call_or_are_ignored) {
  conversation c;
  char place;
  auto& call = reinterpret_cast<pending_call&>(place);  // the core only passes it on
  c.feed(initialize("2025-11-25"));
  c.feed(note("notifications/initialized"));
  BOOST_TEST(c.feed(R"({"jsonrpc":"2.0","id":999,"result":{}})") == "ignore");
  BOOST_TEST(c.feed(R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"?"}})") ==
             "peer error -32700");
  BOOST_TEST(c.feed(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}})") ==
             "peer error -32700");
  const auto first = c.core.begin_call(call);
  const auto second = c.core.begin_call(call);
  BOOST_TEST((first != second));
  const auto answer = [](const jsonrpc::request_id& id, const char* rest) {
    return R"({"jsonrpc":"2.0","id":)" + id.to_string() + "," + rest + "}";
  };
  BOOST_TEST(c.feed(answer(second, R"("result":{})")) == "result");
  BOOST_TEST((std::get<resolve_call>(c.last).call == &call));
  BOOST_TEST(c.feed(answer(second, R"("result":{})")) == "ignore");
  BOOST_TEST(c.feed(answer(first, R"("error":{"code":1,"message":"no"})")) == "error result");
  // A response gone wrong fails its call rather than letting it wait, and is never answered.
  const auto broken = c.core.begin_call(call);
  BOOST_TEST(c.feed(answer(broken, R"("result":{},"error":{})")) == "error result");
  BOOST_TEST(c.feed(answer(broken, R"("result":{},"error":{})")) == "ignore");
  // S-RPC-12: an id is not used again.
  const auto third = c.core.begin_call(call);
  BOOST_TEST((third != first && third != second));
  // Its id is the token of its progress.
  const auto progress = [&](const std::string& token) {
    return note("notifications/progress", R"({"progress":3,"progressToken":)" + token + "}");
  };
  BOOST_TEST(c.feed(progress(third.to_string())) == "progress 3");
  BOOST_TEST((std::get<call_progress>(c.last).call == &call));
  BOOST_TEST(c.feed(progress("\"mine\"")) == "notify notifications/progress");
  BOOST_TEST(c.feed(progress("null")) == "notify notifications/progress");
  c.core.end_call(third);
  BOOST_TEST(c.feed(progress(third.to_string())) == "notify notifications/progress");
  BOOST_TEST(c.feed(answer(third, R"("result":{})")) == "ignore");
}

// lifecycle:pre-initialization-ordering
BOOST_AUTO_TEST_CASE(S_LIFE_04_what_may_be_asked_when) {
  conversation c(session_options().max_peer_calls(1));
  using enum session_errc;
  BOOST_TEST((c.core.may_call("ping") == std::nullopt));
  BOOST_TEST((c.core.may_call("roots/list") == not_initialized));
  c.feed(initialize("2025-03-26"));
  BOOST_TEST((c.core.may_call("roots/list") == not_initialized));
  c.feed(note("notifications/initialized"));
  BOOST_TEST((c.core.may_call("roots/list") == std::nullopt));
  BOOST_TEST((c.core.may_call("elicitation/create") == not_in_revision));  // since 2025-06-18
  BOOST_TEST((c.core.may_call("tools/list") == not_in_revision));  // only the client asks that
  char place;
  const auto id = c.core.begin_call(reinterpret_cast<pending_call&>(place));
  BOOST_TEST((c.core.may_call("roots/list") == too_many_calls));
  c.core.end_call(id);
  BOOST_TEST((c.core.may_call("roots/list") == std::nullopt));
}

BOOST_AUTO_TEST_CASE(S_LIFE_05_what_the_client_must_have_declared) {
  const auto missing = [](const char* declared, const char* method, const char* params) {
    const auto m = missing_capability(protocol::decode_client_capabilities(json::parse(declared)),
                                      protocol::newest_legacy(), method, json::parse(params));
    return m ? json::serialize(*m) : "";
  };
  BOOST_TEST(missing("{}", "roots/list", "{}") == R"({"roots":{}})");
  BOOST_TEST(missing(R"({"roots":{}})", "roots/list", "{}") == "");
  BOOST_TEST(missing("{}", "sampling/createMessage", "{}") == R"({"sampling":{}})");
  BOOST_TEST(missing(R"({"sampling":{}})", "sampling/createMessage", R"({"tools":[]})") ==
             R"({"sampling":{"tools":{}}})");
  BOOST_TEST(missing(R"({"sampling":{"tools":{}}})", "sampling/createMessage", R"({"tools":[]})") ==
             "");
  BOOST_TEST(missing("{}", "elicitation/create", "{}") == R"({"elicitation":{"form":{}}})");
  BOOST_TEST(missing(R"({"elicitation":{}})", "elicitation/create", "{}") == "");
  BOOST_TEST(missing(R"({"elicitation":{}})", "elicitation/create", R"({"mode":"url"})") ==
             R"({"elicitation":{"url":{}}})");
  BOOST_TEST(missing(R"({"elicitation":{"url":{}}})", "elicitation/create", R"({"mode":"url"})") ==
             "");
  BOOST_TEST(missing(R"({"sampling":{}})", "sampling/createMessage", R"({"toolChoice":{}})") ==
             R"({"sampling":{"tools":{}}})");
  BOOST_TEST(missing(R"({"sampling":{}})", "sampling/createMessage",
                     R"({"includeContext":"thisServer"})") == R"({"sampling":{"context":{}}})");
  BOOST_TEST(missing(R"({"sampling":{}})", "sampling/createMessage",
                     R"({"includeContext":"none"})") == "");
  BOOST_TEST(missing("{}", "ping", "{}") == "");
}

// transport:streamable-http:stateless-restrictions
BOOST_AUTO_TEST_CASE(a_conversation_without_a_session_offers_nothing_that_needs_one) {
  const auto& rules = protocol::rules_of(protocol::revision::v2025_11_25);
  play({{"starts ready, in the revision it is given",
         {{request("0", "tools/list"), "start tools/list 2025-11-25"},
          {request("2", "ping"), "empty 2"},
          {initialize("2025-11-25"), "error 1 -32600"},
          {request("3", "resources/subscribe", R"({"uri":"a:b"})"), "error 3 -32601"},
          {request("4", "resources/unsubscribe", R"({"uri":"a:b"})"), "error 4 -32601"},
          {request("5", "logging/setLevel", R"({"level":"info"})"), "error 5 -32601"},
          {R"({"jsonrpc":"2.0","id":6,"result":{}})", "ignore"}}}},
       session_options().without_session(&rules));
  play({{"is the handshake itself", {hello}}}, session_options().without_session(nullptr));
  const conversation c(session_options().without_session(&rules));
  BOOST_TEST((c.core.may_call("ping") == session_errc::no_session));
  BOOST_TEST((c.core.may_call("elicitation/create") == session_errc::no_session));
  BOOST_TEST(c.core.client_info() == nullptr);

  protocol::server_capabilities all;
  all.tools = all.tools_list_changed = all.resources = all.resources_subscribe = true;
  all.resources_list_changed = all.prompts = all.prompts_list_changed = all.logging = true;
  leave_out_what_needs_a_session(all);
  BOOST_TEST((all.tools && all.resources && all.prompts));
  BOOST_TEST(!(all.tools_list_changed || all.resources_list_changed || all.prompts_list_changed));
  BOOST_TEST(!(all.resources_subscribe || all.logging));
}

BOOST_AUTO_TEST_CASE(S_LIFE_05_nobody_can_declare_what_the_revision_lacks) {
  const auto missing = [](protocol::revision r, const char* method, const char* params) {
    const auto all = protocol::decode_client_capabilities(json::parse(
        R"({"elicitation":{"form":{},"url":{}},"sampling":{"tools":{},"context":{}},"roots":{}})"));
    const auto m = missing_capability(all, protocol::rules_of(r), method, json::parse(params));
    return m ? json::serialize(*m) : "";
  };
  using enum protocol::revision;
  BOOST_TEST(missing(v2025_03_26, "elicitation/create", "{}") == R"({"elicitation":{}})");
  BOOST_TEST(missing(v2025_06_18, "elicitation/create", "{}") == "");
  BOOST_TEST(missing(v2025_06_18, "elicitation/create", R"({"mode":"url"})") ==
             R"({"elicitation":{"url":{}}})");
  BOOST_TEST(missing(v2025_06_18, "sampling/createMessage", R"({"tools":[]})") ==
             R"({"sampling":{"tools":{}}})");
  // Contexts came before their capability.
  BOOST_TEST(missing(v2025_06_18, "sampling/createMessage", R"({"includeContext":"allServers"})") ==
             "");
}

BOOST_AUTO_TEST_SUITE_END()
