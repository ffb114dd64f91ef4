#include "matrix/connection.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "comcp/protocol/methods.hpp"
#include "comcp/protocol/request_meta.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/scope/with_scope.hpp"
#include "support/schema_check.hpp"

namespace test::matrix {

namespace {

using namespace std::chrono_literals;

bool asks(const json::object& answer) {
  const auto* result = answer.if_contains("result");
  const auto* type =
      result && result->is_object() ? result->get_object().if_contains("resultType") : nullptr;
  return type && *type == "input_required";
}

json::object message_of(std::string_view method, json::object params) {
  json::object m;
  m["jsonrpc"] = "2.0";
  m["method"] = method;
  if (!params.empty()) m["params"] = std::move(params);
  return m;
}

std::optional<std::int64_t> number(const json::value* id) {
  if (!id || !id->is_int64()) return std::nullopt;
  return id->get_int64();
}

}  // namespace

connection::connection(const pair& p, carrier& by, json::object capabilities, peers others)
    : where(p),
      rules(p.rules),
      by_(by),
      others_(std::move(others)),
      capabilities_(std::move(capabilities)),
      judged_by_(&p.rules) {}

json::object connection::with_envelope(json::object params) const {
  if (!where.modern()) return params;
  json::object meta;
  if (const auto* given = params.if_contains("_meta"); given && given->is_object())
    meta = given->get_object();
  meta.emplace(protocol::meta_key::protocol_version, rules.name);
  meta.emplace(protocol::meta_key::client_capabilities, capabilities_);
  meta.emplace(protocol::meta_key::client_info, obj(R"({"name":"matrix","version":"1"})"));
  params["_meta"] = std::move(meta);
  return params;
}

awaitable<void> connection::open() {
  if (where.modern()) {
    hello_ = co_await result(std::string(protocol::method::discover));
    co_return;
  }
  json::object params;
  params["protocolVersion"] = rules.name;
  params["capabilities"] = capabilities_;
  params["clientInfo"] = obj(R"({"name":"matrix","version":"1"})");
  hello_ = co_await result(std::string(protocol::method::initialize), std::move(params));
  co_await notify(std::string(protocol::method::initialized));
}

awaitable<std::unique_ptr<connection>> connection::another() {
  carrier* by = co_await others_();
  auto made = std::make_unique<connection>(where, *by, capabilities_, others_);
  co_await made->open();
  co_return made;
}

const json::object& connection::capabilities_of_server() const {
  return hello_.at("capabilities").as_object();
}

// Asking

awaitable<void> connection::send(json::object message) {
  return by_.send(json::serialize(message));
}

awaitable<std::int64_t> connection::start(std::string method, json::object params) {
  const std::int64_t id = ++last_id_;
  asked& entry = waiting_[id];
  entry.method = method;
  entry.params = params;
  entry.first = id;
  co_await by_.send(message_text(id, method, std::move(params)));
  co_return id;
}

awaitable<std::int64_t> connection::start_call(std::string tool, json::object arguments) {
  json::object params;
  params["name"] = tool;
  params["arguments"] = std::move(arguments);
  return start("tools/call", std::move(params));
}

awaitable<json::object> connection::answer(std::int64_t id) {
  while (!answered_.contains(id))
    co_await receive_or_fail();
  co_return std::move(answered_.extract(id).mapped());
}

awaitable<json::object> connection::ask(std::string method, json::object params) {
  const std::int64_t id = co_await start(std::move(method), std::move(params));
  co_return co_await answer(id);
}

awaitable<json::object> connection::result(std::string method, json::object params) {
  const json::object got = co_await ask(std::move(method), std::move(params));
  co_return result_in(got);
}

awaitable<json::object> connection::error(std::string method, json::object params) {
  const json::object got = co_await ask(std::move(method), std::move(params));
  co_return error_in(got);
}

awaitable<json::object> connection::call(std::string tool, json::object arguments) {
  const std::int64_t id = co_await start_call(std::move(tool), std::move(arguments));
  const json::object got = co_await answer(id);
  co_return result_in(got);
}

awaitable<std::string> connection::text_of(std::string tool, json::object arguments) {
  const json::object got = co_await call(std::move(tool), std::move(arguments));
  co_return text_in(got);
}

awaitable<json::array> connection::list(std::string method, std::string entries) {
  json::array all;
  json::object params;
  for (;;) {
    const json::object page = co_await result(method, params);
    for (const json::value& each : page.at(entries).as_array())
      all.push_back(each);
    const auto* more = page.if_contains("nextCursor");
    if (!more) co_return all;
    params["cursor"] = *more;
  }
}

awaitable<void> connection::still_served() {
  co_await result("resources/read", obj(R"({"uri":"test://static-text"})"));
}

awaitable<void> connection::abandon(std::int64_t id) {
  waiting_.erase(id);
  if (by_.drop(id)) co_return;
  json::object params;
  params["requestId"] = id;
  co_await notify(std::string(protocol::method::cancelled), std::move(params));
}

// By hand

std::string connection::message_text(std::int64_t id,
                                     std::string_view method,
                                     json::object params) const {
  json::object message = message_of(method, with_envelope(std::move(params)));
  message["id"] = id;
  return json::serialize(message);
}

header_map connection::headers_for(std::string_view text) const {
  return by_.headers_for(text.empty() ? json::value() : json::parse(text));
}

awaitable<http_reply> connection::http(std::string verb, header_map headers, std::string body) {
  return by_.exchange_raw(std::move(verb), std::move(headers), std::move(body));
}

awaitable<http_reply> connection::post(std::string text) {
  header_map headers = headers_for(text);
  return http("POST", std::move(headers), std::move(text));
}

awaitable<void> connection::notify(std::string method, json::object params) {
  return send(message_of(method, std::move(params)));
}

awaitable<void> connection::send_text(std::string text) {
  return by_.send(std::move(text));
}

awaitable<json::object> connection::unasked() {
  while (unasked_.empty())
    co_await receive_or_fail();
  json::object first = std::move(unasked_.front());
  unasked_.erase(unasked_.begin());
  co_return first;
}

awaitable<void> connection::respond(json::value id, json::object result) {
  json::object message;
  message["jsonrpc"] = "2.0";
  message["id"] = std::move(id);
  if (const auto* refused = result.if_contains("error"))
    message["error"] = *refused;
  else
    message["result"] = std::move(result);
  return send(std::move(message));
}

// What comes

awaitable<connection::came> connection::receive(duration patience) {
  std::optional<arrival> got;
  const bool in_time =
      co_await move_on_after(patience, [&]() -> awaitable<void> { got = co_await by_.next(); });
  if (!in_time) co_return came::nothing;
  if (!got) co_return came::end;
  boost::system::error_code ec;
  json::value message = json::parse(got->text, ec);
  if (ec) throw std::runtime_error("not JSON: " + got->text);
  if (json::array* batch = message.if_array())
    for (json::value& each : *batch)
      co_await take(std::move(each), *got);
  else
    co_await take(std::move(message), *got);
  co_return came::message;
}

awaitable<void> connection::receive_or_fail() {
  const came what = co_await receive(where.via.real() ? duration(20s) : duration(24h));
  if (what == came::message) co_return;
  std::string text = what == came::end ? "the connection has ended" : "nothing came";
  for (const auto& [id, a] : waiting_)
    text += "; waiting for " + a.method;
  throw std::runtime_error(text);
}

awaitable<void> connection::take(json::value message, const arrival& from) {
  json::object& m = message.as_object();
  const bool has_id = m.contains("id") && !m.at("id").is_null();
  const bool has_method = m.contains("method");
  std::string answered;
  if (const auto id = number(m.if_contains("id")); id && !has_method)
    if (const auto found = waiting_.find(*id); found != waiting_.end())
      answered = found->second.method;
  const std::string wrong = comcp::test::check_message(json::serialize(m), *judged_by_, answered);
  BOOST_TEST(wrong.empty(), wrong);

  if (has_method && has_id) return take_question(std::move(m));
  if (!has_method) return take_answer(std::move(m), from.stream);
  notes.emplace_back(std::move(m), from.stream);
  return checkpoint();
}

awaitable<void> connection::take_answer(json::object message, const json::value& stream) {
  const auto id = number(message.if_contains("id"));
  // An answer travels on its request's stream and no other.
  if (id && where.via.divided()) BOOST_TEST(stream == *id);
  const auto found = id ? waiting_.find(*id) : waiting_.end();
  if (found == waiting_.end()) {
    const auto* named = message.if_contains("id");
    const bool ours = named && named->is_int64();
    BOOST_TEST(!ours, "an answer that nobody waits for: " << json::serialize(message));
    unasked_.push_back(std::move(message));
    co_return;
  }
  asked request = std::move(waiting_.extract(found).mapped());
  if (!asks(message) || !answerer_) {
    answered_[request.first] = std::move(message);
    co_return;
  }
  // The question is a result: the request comes again, with the answers.
  const json::object& result = message.at("result").as_object();
  json::object responses;
  if (const auto* inputs = result.if_contains("inputRequests"))
    for (const auto& [key, asked_for] : inputs->as_object()) {
      questions.emplace_back(std::string(asked_for.at("method").as_string()),
                             asked_for.at("params").as_object(), json::value(key));
      responses[key] = answerer_(questions.back());
    }
  json::object again = request.params;
  again["inputResponses"] = std::move(responses);
  if (const auto* state = result.if_contains("requestState")) again["requestState"] = *state;
  const std::int64_t next = co_await start(request.method, std::move(again));
  waiting_.at(next).params = std::move(request.params);
  waiting_.at(next).first = request.first;
}

awaitable<void> connection::take_question(json::object message) {
  const auto* params = message.if_contains("params");
  questions.emplace_back(std::string(message.at("method").as_string()),
                         params ? params->as_object() : json::object(), message.at("id"));
  if (!answerer_) throw std::runtime_error("an unexpected question: " + json::serialize(message));
  json::object given = answerer_(questions.back());
  if (!given.empty()) co_await respond(questions.back().id, std::move(given));
}

std::size_t connection::count(std::string_view method) const {
  return static_cast<std::size_t>(std::count_if(
      notes.begin(), notes.end(), [&](const note& n) { return n.method() == method; }));
}

awaitable<note> connection::heard(std::string_view method) {
  for (;;) {
    const auto found = std::find_if(notes.begin(), notes.end(),
                                    [&](const note& n) { return n.method() == method; });
    if (found != notes.end()) {
      note first = std::move(*found);
      notes.erase(found);
      co_return first;
    }
    co_await receive_or_fail();
  }
}

awaitable<void> connection::quiet() {
  // On the wall clock a round trip has to do; virtual time shows everything that would come.
  if (where.via.real()) co_await still_served();
  const std::size_t before = notes.size() + questions.size() + unasked_.size() + answered_.size();
  for (;;) {
    const came what = co_await receive(where.via.real() ? duration(1ms) : duration(1min));
    if (what != came::message) break;
  }
  const std::size_t now = notes.size() + questions.size() + unasked_.size() + answered_.size();
  BOOST_TEST(now == before,
             "a message where silence was expected"
                 << (notes.empty() ? std::string() : ": " + json::serialize(notes.back().message)));
}

json::object connection::unique_name() {
  static int last = 0;
  json::object arguments;
  arguments["name"] = "n" + std::to_string(++last);
  return arguments;
}

awaitable<void> connection::watch(std::string uri) {
  if (rules.subscribe_by_request) {
    co_await by_.listen();
    if (uri.empty()) co_return;
    json::object params;
    params["uri"] = uri;
    co_await result(std::string(protocol::method::resources_subscribe), std::move(params));
    co_return;
  }
  json::object wanted =
      obj(R"({"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":true})");
  if (!uri.empty()) wanted["resourceSubscriptions"] = json::array{json::value(uri)};
  json::object params;
  params["notifications"] = std::move(wanted);
  co_await start(std::string(protocol::method::listen), std::move(params));
  co_await heard(protocol::method::subscription_acknowledged);
}

}  // namespace test::matrix
