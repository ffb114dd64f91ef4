#include "bench/request_text.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <cstring>

#include "bench/bench_options.hpp"
#include "comcp/http_transport/header_value.hpp"
#include "comcp/protocol/request_meta.hpp"
#include "comcp/version.hpp"

namespace comcp::bench {

namespace {

constexpr std::size_t digits = 10;
constexpr std::string_view client =
    R"({"name":"comcp bench","version":")" COMCP_VERSION_STRING "\"}";

void write_id(char* to, std::uint32_t id) noexcept {
  for (std::size_t i = digits; i-- > 0; id /= 10)
    to[i] = static_cast<char>('0' + id % 10);
}

std::string quoted(std::string_view text) {
  return boost::json::serialize(boost::json::string(text));
}

bool echoes(const bench_options& o) {
  return o.method == "tools/call" && o.arguments.empty();
}

// The id, so that another request's answer isn't taken for this one's, and letters.
request_text echo_text(const bench_options& o) {
  request_text out;
  std::size_t left = o.payload;
  if (left >= digits) {
    out.append_id();
    left -= digits;
  }
  std::string rest(left, ' ');
  for (std::size_t i = 0; i < left; ++i)
    rest[i] = static_cast<char>('a' + i % 26);
  return out.append(rest);
}

std::string modern_meta(const protocol::rules& rules) {
  std::string out;
  const auto add = [&out](std::string_view key, std::string_view value) {
    out.append(out.empty() ? "\"" : ",\"").append(key).append("\":").append(value);
  };
  add(protocol::meta_key::protocol_version, quoted(rules.name));
  add(protocol::meta_key::client_info, client);
  add(protocol::meta_key::client_capabilities, "{}");
  return out;
}

request_text envelope(std::string_view method) {
  request_text out;
  out.append(R"({"jsonrpc":"2.0","id":)").append_id();
  return out.append(",\"method\":").append(quoted(method)).append(",\"params\":{");
}

}  // namespace

request_text& request_text::append_id() {
  ids_.push_back(text_.size());
  text_ += id_text(first_id);
  return *this;
}

request_text& request_text::append(const request_text& other) {
  for (const std::size_t at : other.ids_)
    ids_.push_back(text_.size() + at);
  text_ += other.text_;
  return *this;
}

void request_text::set_id(std::uint32_t id) noexcept {
  if (ids_.empty()) return;
  char* const first = text_.data() + ids_.front();
  write_id(first, id);
  for (std::size_t i = 1; i < ids_.size(); ++i)
    std::memcpy(text_.data() + ids_[i], first, digits);
}

std::string id_text(std::uint32_t id) {
  std::string out(digits, '0');
  write_id(out.data(), id);
  return out;
}

messages::messages(const bench_options& options, const protocol::rules& rules)
    : options_(options), rules_(rules) {}

request_text messages::load() const {
  request_text out = envelope(options_.method);
  const char* between = "";
  if (options_.method == "tools/call") {
    out.append("\"name\":").append(quoted(options_.tool)).append(",\"arguments\":");
    if (echoes(options_)) {
      out.append(R"({"text":")").append(echo_text(options_)).append("\"}");
    } else {
      std::string arguments = options_.arguments;
      std::replace(arguments.begin(), arguments.end(), '\n', ' ');  // legal between tokens only
      out.append(arguments);
    }
    between = ",";
  }
  const bool modern = rules_.era == protocol::era::modern;
  if (modern || options_.sse) {
    out.append(between).append("\"_meta\":{");
    if (modern) out.append(modern_meta(rules_));
    if (options_.sse) out.append(modern ? ",\"progressToken\":" : "\"progressToken\":").append_id();
    out.append("}");
  }
  return out.append("}}");
}

request_text messages::wanted() const {
  request_text out;
  if (echoes(options_))
    out.append("\"").append(echo_text(options_)).append("\"");
  else if (options_.method == "tools/call")
    out.append("\"content\"");
  else if (options_.method == "tools/list")
    out.append("\"tools\"");
  return out;
}

request_text messages::discover(const protocol::rules& modern) {
  return envelope("server/discover")
      .append("\"_meta\":{")
      .append(modern_meta(modern))
      .append("}}}");
}

request_text messages::initialize(std::string_view revision) {
  return envelope("initialize")
      .append("\"protocolVersion\":")
      .append(quoted(revision))
      .append(R"(,"capabilities":{},"clientInfo":)")
      .append(client)
      .append("}}");
}

std::string messages::initialized() {
  return R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
}

request_text post(const std::string& target,
                  const std::string& host,
                  std::string_view more,
                  const request_text& body) {
  request_text out;
  out.append(
      "POST " + target + " HTTP/1.1\r\nHost: " + host +
      "\r\nUser-Agent: comcp-bench/" COMCP_VERSION_STRING
      "\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n");
  out.append(more);
  return out.append("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n").append(body);
}

std::string modern_headers(const protocol::rules& rules,
                           std::string_view method,
                           std::string_view name) {
  std::string out = "MCP-Protocol-Version: " + std::string(rules.name) +
                    "\r\nMcp-Method: " + std::string(method) + "\r\n";
  if (!name.empty()) out += "Mcp-Name: " + encode_header_value(name) + "\r\n";
  return out;
}

}  // namespace comcp::bench
