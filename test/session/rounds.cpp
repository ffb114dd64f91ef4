#include "session/rounds.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <random>

#include "session/crypto.hpp"

// What a modern request remembers, and how it is sealed: no executor, time by hand.

using namespace comcp;
using namespace std::chrono_literals;
using detail::binding_of;
using detail::rounds;

namespace {

using refusal = round_keeper::refusal;
using finding = rounds::finding;

const std::string secret(32, 'k');
const std::string other_secret(32, 'o');

/// Wall clock time that stands still until a test moves it.
class hand {
 public:
  round_options::wall_clock clock() {
    return [this] { return std::chrono::system_clock::time_point(now); };
  }
  std::chrono::seconds now = 1'000'000s;
};

std::string content_of(const std::variant<std::string, refusal>& opened) {
  const auto* text = std::get_if<std::string>(&opened);
  return text ? *text : std::get<refusal>(opened) == refusal::expired ? "expired" : "forged";
}

json::object obj(std::string_view text) {
  return json::parse(text).as_object();
}

protocol::input_request question(std::string_view text) {
  json::object params;
  params["message"] = text;
  return {"elicitation/create", json::value(std::move(params))};
}

std::string mark(std::string_view text) {
  const auto q = question(text);
  return rounds::mark(q.method, q.params);
}

protocol::input_answers came(std::optional<std::string> state, std::string_view responses) {
  protocol::input_answers a;
  a.state = std::move(state);
  a.responses = obj(responses);
  return a;
}

/// The state of a first round that asked these questions.
std::string asked(const round_keeper& keeper, std::vector<std::string> questions) {
  rounds r(keeper, "binding");
  for (auto& q : questions) {
    auto key = r.name({});
    r.open(std::move(key), mark(q), question(q));
  }
  return std::get<protocol::input_required_result>(r.ask()).state.value();
}

finding look(const rounds& r, const std::string& key, std::string_view text) {
  const json::value* answer = nullptr;
  return r.find(key, mark(text), answer);
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(rounds::finding)

BOOST_AUTO_TEST_SUITE(round_keeper_seal)

BOOST_AUTO_TEST_CASE(a_sealed_text_opens_for_its_binding_only) {
  const round_keeper keeper;
  for (const std::string& content :
       {std::string(), std::string("x"), std::string("a.b"), std::string("\0\n", 2)}) {
    const std::string state = keeper.seal(content, "b");
    BOOST_TEST(content_of(keeper.open(state, "b")) == content);
    BOOST_TEST(content_of(keeper.open(state, "c")) == "forged");
    BOOST_TEST(content_of(keeper.open(state, "")) == "forged");
    BOOST_TEST(content_of(round_keeper().open(state, "b")) == "forged");
  }
}

// S-MRTR-05
BOOST_AUTO_TEST_CASE(every_change_of_a_state_is_noticed) {
  const round_keeper keeper;
  const std::string state = keeper.seal("[1,[],[],{}]", "b");
  for (std::size_t i = 0; i < state.size(); ++i) {
    for (const char c : {'A', 'b', '_', '.', ' ', '='}) {
      if (state[i] == c) continue;
      std::string changed = state;
      changed[i] = c;
      BOOST_TEST(content_of(keeper.open(changed, "b")) == "forged", changed);
    }
    BOOST_TEST(content_of(keeper.open(state.substr(0, i), "b")) == "forged");
    BOOST_TEST(content_of(keeper.open(state.substr(i + 1), "b")) == "forged");
  }
  for (const char* tail : {"-TAMPERED", "A", ".", "=", "\n"})
    BOOST_TEST(content_of(keeper.open(state + tail, "b")) == "forged");
}

BOOST_AUTO_TEST_CASE(a_state_expires) {
  hand time;
  const round_keeper keeper(round_options().lifetime(10s).clock(time.clock()));
  const std::string state = keeper.seal("x", "b");
  time.now += 9s;
  BOOST_TEST(content_of(keeper.open(state, "b")) == "x");
  time.now += 1s;
  BOOST_TEST(content_of(keeper.open(state, "b")) == "expired");
  BOOST_TEST(content_of(keeper.open(state, "c")) == "forged");  // nobody learns more than that
}

BOOST_AUTO_TEST_CASE(instances_share_secrets_and_change_them_one_after_the_other) {
  const round_keeper before(round_options().key(secret));
  const round_keeper between(round_options().key(secret).key(other_secret));
  const round_keeper after(round_options().key(other_secret).key(secret));
  const round_keeper done(round_options().key(other_secret));
  const auto passes = [](const round_keeper& from, const round_keeper& to) {
    return content_of(to.open(from.seal("x", "b"), "b")) == "x";
  };
  BOOST_TEST(passes(before, between));
  BOOST_TEST(passes(between, before));
  BOOST_TEST(passes(between, after));
  BOOST_TEST(passes(after, between));
  BOOST_TEST(passes(after, done));
  BOOST_TEST(passes(done, after));
  BOOST_TEST(!passes(before, done));
  const round_keeper another(round_options().key(secret).audience("another server"));
  BOOST_TEST(!passes(before, another));
  BOOST_CHECK_THROW(round_options().key("short"), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_state_that_is_too_long_is_not_looked_at) {
  const round_keeper keeper(round_options().key(secret).max_state_bytes(200));
  const round_keeper generous(round_options().key(secret));
  BOOST_TEST(content_of(keeper.open(generous.seal(std::string(200, 'x'), "b"), "b")) == "forged");
}

BOOST_AUTO_TEST_CASE(base64url_has_one_text_for_each_value) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 40; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes)
      c = static_cast<char>(random());
    const std::string text = detail::to_base64url(bytes);
    BOOST_TEST((detail::from_base64url(text) == bytes));
  }
  BOOST_TEST(detail::to_base64url("\xfb\xff\xfe") == "-__-");
  for (const char* bad : {"A", "AB", "ABC", "AAAAA", "AA=", "AA==", "+/AA", "AA A"})
    BOOST_TEST((!detail::from_base64url(bad) || std::string_view(bad) == "AAA"), bad);
  BOOST_TEST((detail::from_base64url("AA") == std::string(1, '\0')));
}

// RFC 4231, test case 2
BOOST_AUTO_TEST_CASE(the_seal_is_hmac_sha256) {
  const auto mac = detail::hmac_sha256("Jefe", "what do ya want for nothing?");
  BOOST_TEST(detail::to_base64url(detail::bytes_of(mac)) ==
             "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rounds_core)

BOOST_AUTO_TEST_CASE(questions_are_numbered_or_named) {
  const round_keeper keeper;
  rounds r(keeper, "b");
  BOOST_TEST(r.name({}) == "q1");
  BOOST_TEST(r.name("user") == "user");
  BOOST_TEST(r.name({}) == "q2");
  BOOST_TEST(r.name("user") == "user-2");
  BOOST_TEST(r.name("user") == "user-3");
  BOOST_TEST(r.name("user-2") == "user-2-2");
  BOOST_TEST(r.name("x-2") == "x-2");
  BOOST_TEST(r.name("x") == "x");
  BOOST_TEST(r.name("x") == "x-3");
}

BOOST_AUTO_TEST_CASE(a_mark_tells_questions_apart_and_not_the_order_of_members) {
  const auto of = [](const char* method, const char* params) {
    return rounds::mark(method, json::parse(params));
  };
  BOOST_TEST(of("m", R"({"a":1,"b":[{"c":1,"d":null}]})") ==
             of("m", R"({"b":[{"d":null,"c":1}],"a":1})"));
  for (const char* other : {R"({"a":1})", R"({"a":"1"})", R"({"a":[1]})", R"({"a":[[1]]})", "{}",
                            "null", R"({"a":1,"b":null})", R"({"a":true})", R"({"a":1.5})"})
    BOOST_TEST(of("m", other) != of("m", R"({"a":2})"));
  BOOST_TEST(of("m", R"(["a","b"])") != of("m", R"(["a,b"])"));
  BOOST_TEST(of("m", "{}") != of("n", "{}"));
  BOOST_TEST(of("m", "{}").size() == 22U);
}

// S-MRTR-06 S-MRTR-07
BOOST_AUTO_TEST_CASE(what_was_answered_is_known_what_was_not_is_asked_again) {
  const round_keeper keeper;
  const auto state = asked(keeper, {"one", "two"});
  rounds r(keeper, "binding");
  BOOST_TEST(!r.resume(came(state, R"({"q1":{"a":1},"q9":{},"constructor":{}})")));
  const json::value* answer = nullptr;
  BOOST_TEST(r.find("q1", mark("one"), answer) == finding::answered);
  BOOST_TEST(*answer == json::parse(R"({"a":1})"));
  BOOST_TEST(look(r, "q2", "two") == finding::unanswered);
  BOOST_TEST(look(r, "q9", "nine") == finding::unanswered);

  // The next round knows the answers of both.
  r.open("q2", mark("two"), question("two"));
  const auto again = std::get<protocol::input_required_result>(r.ask());
  BOOST_TEST(again.requests.size() == 1U);
  rounds next(keeper, "binding");
  BOOST_TEST(!next.resume(came(again.state, R"({"q2":{"b":1}})")));
  BOOST_TEST(look(next, "q1", "one") == finding::answered);
  BOOST_TEST(look(next, "q2", "two") == finding::answered);
  BOOST_TEST(*again.state != state);
}

BOOST_AUTO_TEST_CASE(an_answer_counts_for_the_question_that_was_asked) {
  const round_keeper keeper;
  rounds r(keeper, "binding");
  BOOST_TEST(!r.resume(came(asked(keeper, {"delete 1 file?"}), R"({"q1":{}})")));
  BOOST_TEST(look(r, "q1", "delete all files?") == finding::other_question);
}

BOOST_AUTO_TEST_CASE(what_was_kept_comes_back_however_deep_it_is) {
  const round_keeper keeper;
  json::value deep = 1;
  for (int level = 0; level < 200; ++level) {
    json::array around;
    around.push_back(std::move(deep));
    deep = std::move(around);
  }
  rounds first(keeper, "binding");
  first.keep("once", deep);
  first.open(first.name({}), mark("?"), question("?"));
  const auto state = std::get<protocol::input_required_result>(first.ask()).state.value();
  rounds r(keeper, "binding");
  BOOST_TEST(!r.resume(came(state, R"({"q1":{}})")));
  BOOST_TEST_REQUIRE(r.kept("once") != nullptr);
  BOOST_TEST(*r.kept("once") == deep);
}

BOOST_AUTO_TEST_CASE(answers_without_a_state_are_taken_by_their_keys) {
  const round_keeper keeper;
  rounds r(keeper, "binding");
  BOOST_TEST(!r.resume(came(std::nullopt, R"({"user_name":{}})")));
  BOOST_TEST(look(r, "user_name", "whatever") == finding::answered);
  BOOST_TEST(look(r, "q1", "whatever") == finding::unanswered);
}

// S-MRTR-05
BOOST_AUTO_TEST_CASE(a_state_is_refused_with_what_to_do) {
  hand time;
  const round_keeper keeper(round_options().clock(time.clock()));
  const auto state = asked(keeper, {"one"});
  const auto complaint = [&](std::string_view binding, std::string s) {
    rounds r(keeper, std::string(binding));
    const auto error = r.resume(came(std::move(s), "{}"));
    if (!error) return std::string("none");
    BOOST_TEST(error->code == -32602);
    return error->message;
  };
  BOOST_TEST(complaint("binding", state) == "none");
  BOOST_TEST(complaint("binding", state + "-TAMPERED") ==
             "Invalid params: requestState was not made by this server for this request: send the "
             "request again without requestState and inputResponses");
  BOOST_TEST(complaint("other", state) == complaint("binding", ""));
  time.now += 10min;
  BOOST_TEST((complaint("binding", state).find("has expired") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(rounds_and_bytes_are_limited) {
  const round_keeper keeper(round_options().max_rounds(2).max_state_bytes(2000));
  std::string state = asked(keeper, {"one"});
  for (int round = 2; round <= 3; ++round) {
    rounds r(keeper, "binding");
    BOOST_TEST(!r.resume(came(state, "{}")));
    r.open("q1", mark("one"), question("one"));
    const auto result = r.ask();
    if (round == 3) {
      BOOST_TEST(std::get<jsonrpc::error_object>(result).code == -32603);
    } else {
      state = std::get<protocol::input_required_result>(result).state.value();
    }
  }
  rounds r(keeper, "binding");
  r.keep("big", json::value(std::string(3000, 'x')));
  r.open("q1", mark("one"), question("one"));
  BOOST_TEST(std::get<jsonrpc::error_object>(r.ask()).code == -32603);
}

BOOST_AUTO_TEST_CASE(values_are_kept_beside_the_answers) {
  const round_keeper keeper;
  rounds r(keeper, "binding");
  BOOST_TEST(r.value_name("id") == "id");
  BOOST_TEST(r.value_name("id") == "id-2");
  BOOST_TEST(r.kept("id") == nullptr);
  r.keep("id", 7);
  r.open("q1", mark("one"), question("one"));
  r.withdraw("q1");
  BOOST_TEST(!r.has_open());
  r.open("q1", mark("one"), question("one"));
  const auto state = std::get<protocol::input_required_result>(r.ask()).state;
  rounds next(keeper, "binding");
  BOOST_TEST(!next.resume(came(state, "{}")));
  BOOST_TEST_REQUIRE(next.kept("id") != nullptr);
  BOOST_TEST(*next.kept("id") == 7);
}

BOOST_AUTO_TEST_CASE(a_state_is_bound_to_who_asked_what) {
  principal ann("ann");
  ann.issuer = "a";
  principal other_ann("ann");
  other_ann.issuer = "b";
  principal moved("nn");
  moved.issuer = "aa";
  const auto params = [](const char* text) { return json::parse(text); };
  const auto base =
      binding_of(&ann, "tools/call", params(R"({"name":"t","arguments":{"a":1,"b":2}})"));
  BOOST_TEST(base == binding_of(&ann, "tools/call", params(R"({"arguments":{"b":2,"a":1},"name":"t",
      "_meta":{"progressToken":1},"inputResponses":{},"requestState":"x"})")));
  const auto is_other = [&](const principal* who, const char* method, const char* text) {
    return binding_of(who, method, params(text)) != base;
  };
  const char* same = R"({"name":"t","arguments":{"a":1,"b":2}})";
  BOOST_TEST(!is_other(&ann, "tools/call", same));
  BOOST_TEST(is_other(nullptr, "tools/call", same));
  BOOST_TEST(is_other(&other_ann, "tools/call", same));
  BOOST_TEST(is_other(&moved, "tools/call", same));
  BOOST_TEST(is_other(&ann, "prompts/get", same));
  BOOST_TEST(is_other(&ann, "tools/call", R"({"name":"t","arguments":{"a":1,"b":3}})"));
  BOOST_TEST(is_other(&ann, "tools/call", R"({"name":"u","arguments":{"a":1,"b":2}})"));
}

BOOST_AUTO_TEST_SUITE_END()
