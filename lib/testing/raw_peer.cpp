#include "comcp/testing/raw_peer.hpp"

#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

#include "comcp/protocol/methods.hpp"
#include "comcp/protocol/request_meta.hpp"
#include "comcp/scope/with_scope.hpp"

namespace comcp::testing {

namespace {

// What a read brought, copied out of the transport.
struct received {
  received() = default;
  bool ended = false;
  std::string text;
};

}  // namespace

raw_peer::raw_peer(std::unique_ptr<transport> end,
                   protocol::revision revision,
                   json::object capabilities)
    : end_(std::move(end)),
      rules_(&protocol::rules_of(revision)),
      capabilities_(std::move(capabilities)) {}

awaitable<void> raw_peer::send(std::string text) {
  const std::span<const std::string> message(&text, 1);
  const write_status status = co_await end_->write(message);
  if (status == write_status::closed) {
    throw std::runtime_error("the server has closed the connection");
  }
}

std::string raw_peer::request_text(const json::value& id,
                                   std::string_view method,
                                   json::object params) const {
  if (rules_->era == protocol::era::modern) {
    json::object meta;
    if (const auto* given = params.if_contains("_meta")) meta = given->as_object();
    meta[protocol::meta_key::protocol_version] = rules_->name;
    meta[protocol::meta_key::client_capabilities] = capabilities_;
    params["_meta"] = std::move(meta);
  }
  json::object message;
  message["jsonrpc"] = "2.0";
  message["id"] = id;
  message["method"] = method;
  if (!params.empty()) message["params"] = std::move(params);
  return json::serialize(message);
}

awaitable<void> raw_peer::request(json::value id, std::string method, json::object params) {
  return send(request_text(id, method, std::move(params)));
}

awaitable<void> raw_peer::notify(std::string method, json::object params) {
  json::object message;
  message["jsonrpc"] = "2.0";
  message["method"] = method;
  if (!params.empty()) message["params"] = std::move(params);
  return send(json::serialize(message));
}

awaitable<void> raw_peer::cancel(json::value id) {
  json::object params;
  params["requestId"] = std::move(id);
  return notify(std::string(protocol::method::cancelled), std::move(params));
}

awaitable<void> raw_peer::respond(json::value id, json::value result) {
  json::object message;
  message["jsonrpc"] = "2.0";
  message["id"] = std::move(id);
  message["result"] = std::move(result);
  return send(json::serialize(message));
}

awaitable<std::string> raw_peer::expect_text() {
  received got;
  const bool came = co_await move_on_after(patience_, [&]() -> awaitable<void> {
    const read_result result = co_await end_->read();
    got.ended = result.what() != read_result::kind::message;
    got.text = result.text();
  });
  if (!came) throw std::runtime_error("no message came");
  if (got.ended) throw std::runtime_error("the connection ended where a message was expected");
  co_return std::move(got.text);
}

awaitable<json::value> raw_peer::expect() {
  const std::string text = co_await expect_text();
  co_return json::parse(text);
}

awaitable<void> raw_peer::expect_silence(duration how_long) {
  std::optional<std::string> heard;
  co_await move_on_after(how_long, [&]() -> awaitable<void> {
    const read_result result = co_await end_->read();
    if (result.what() == read_result::kind::message) heard.emplace(result.text());
  });
  if (heard) throw std::runtime_error("expected silence, heard " + *heard);
}

awaitable<void> raw_peer::expect_end() {
  received got;
  const bool came = co_await move_on_after(patience_, [&]() -> awaitable<void> {
    const read_result result = co_await end_->read();
    got.ended = result.what() == read_result::kind::end;
    got.text = result.text();
  });
  if (!came) throw std::runtime_error("the connection did not end");
  if (!got.ended) throw std::runtime_error("expected the end, heard " + got.text);
}

awaitable<json::value> raw_peer::handshake() {
  if (rules_->era == protocol::era::modern) co_return json::value();
  json::object client;
  client["name"] = "raw_peer";
  client["version"] = "1";
  json::object params;
  params["protocolVersion"] = rules_->name;
  params["capabilities"] = capabilities_;
  params["clientInfo"] = std::move(client);
  co_await request("handshake", std::string(protocol::method::initialize), std::move(params));
  json::value answer = co_await expect();
  if (!answer.as_object().contains("result")) {
    throw std::runtime_error("initialize was refused: " + json::serialize(answer));
  }
  co_await notify(std::string(protocol::method::initialized));
  co_return answer.at("result");
}

}  // namespace comcp::testing
