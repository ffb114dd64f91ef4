#include "soak/connection.hpp"

#include <boost/system/system_error.hpp>

namespace soak {

using lifecycle::http_answer;

namespace {

constexpr const char* modern_meta =
    R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientCapabilities":{"elicitation":{},)"
    R"("extensions":{"io.modelcontextprotocol/tasks":{}}})";

std::string token_member(std::string_view word) {
  return word.empty() ? "" : R"("progressToken":")" + std::string(word) + '"';
}

/// What wire reports by exceptions, as failures.
template <class F>
auto guarded(bool begun, F read) {
  try {
    return read();
  } catch (const std::runtime_error& e) {
    const std::string what = e.what();
    if (what.starts_with("nothing came")) throw failure(trouble::lost, what);
    if (!begun && what == "the connection ended inside: ")
      throw failure(trouble::refused, "closed before an answer");
    throw failure(trouble::cut, what);
  }
}

json::object parsed(const std::string& text) {
  boost::system::error_code bad;
  const json::value v = boost::json::parse(text, bad);
  if (bad || !v.is_object()) throw failure(trouble::wrong, "no JSON object: " + text);
  return v.get_object();
}

lifecycle::wire connected(std::uint16_t port, int receive_buffer) {
  try {
    return lifecycle::wire(port, receive_buffer);
  } catch (const std::runtime_error& e) {
    throw failure(trouble::refused, e.what());
  }
}

}  // namespace

std::string call(int id,
                 std::string_view tool,
                 const std::string& arguments,
                 std::string_view word) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
         R"(,"method":"tools/call","params":{"name":")" + std::string(tool) + R"(","arguments":)" +
         arguments + R"(,"_meta":{)" + token_member(word) + "}}}";
}

std::string modern(int id,
                   std::string_view method,
                   std::string_view name,
                   const std::string& params,
                   std::string_view word) {
  const std::string token = token_member(word);
  const std::string body = R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" +
                           std::string(method) + R"(","params":{)" + params + R"(,"_meta":{)" +
                           modern_meta + (token.empty() ? "" : ",") + token + "}}}";
  std::string headers =
      "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " + std::string(method) + "\r\n";
  if (!name.empty()) headers += "Mcp-Name: " + std::string(name) + "\r\n";
  return lifecycle::post(body, headers);
}

std::string modern_call(int id,
                        const std::string& tool,
                        const std::string& arguments,
                        std::string_view word) {
  return modern(id, "tools/call", tool, R"("name":")" + tool + R"(","arguments":)" + arguments,
                word);
}

std::string one(std::string_view key, std::string_view text) {
  return "{\"" + std::string(key) + "\":\"" + std::string(text) + "\"}";
}

std::string steps(std::string_view word, int n) {
  return R"({"ms":10,"n":)" + std::to_string(n) + R"(,"word":")" + std::string(word) + "\"}";
}

std::string text_at(const json::object& in, std::string_view key) {
  const json::value* v = in.if_contains(key);
  return v && v->is_string() ? std::string(v->get_string()) : std::string();
}

std::string text_of(const json::object& answer) {
  if (const json::value* result = answer.if_contains("result"))
    if (const auto* content = result->as_object().if_contains("content"))
      if (const auto* blocks = content->if_array(); blocks && blocks->size() == 1)
        return text_at(blocks->front().as_object(), "text");
  return json::serialize(answer);
}

void expect(const std::string& came, const std::string& wanted) {
  if (came == wanted) return;
  const bool of_another = came.find("tk-") != std::string::npos;
  throw failure(of_another ? trouble::crossed : trouble::wrong, came + " instead of " + wanted);
}

void progress::take(const json::object& notification) {
  if (text_at(notification, "method") != "notifications/progress")
    throw failure(trouble::wrong, "unasked for: " + json::serialize(notification));
  const json::object& params = notification.at("params").as_object();
  expect(text_at(params, "progressToken"), word_);
  const std::string message = text_at(params, "message");
  if (!message.empty()) expect(message.substr(0, message.find(' ')), word_);
  const auto n = params.at("progress").to_number<int>();
  if (n <= seen_) throw failure(trouble::doubled, "progress " + std::to_string(n) + " again");
  if (n > seen_ + 1)
    throw failure(trouble::lost,
                  "progress " + std::to_string(n) + " behind " + std::to_string(seen_));
  seen_ = n;
}

connection::connection(std::uint16_t port, totals& counts, int receive_buffer)
    : wire_(connected(port, receive_buffer)), counts_(counts) {}

http_answer connection::head(int status) {
  http_answer a = guarded(false, [&] { return wire_.read_answer(); });
  if (a.status != status) throw failure(trouble::refused, std::to_string(a.status) + " " + a.body);
  return a;
}

void connection::stream() {
  const http_answer a = head();
  if (a.is_stream()) return;
  const bool is_error = parsed(a.body).contains("error");
  throw failure(is_error ? trouble::refused : trouble::wrong, "no stream: " + a.body);
}

std::optional<lifecycle::stream_event> connection::event() {
  return guarded(true, [&] { return wire_.read_event(); });
}

std::optional<json::object> connection::message() {
  for (;;) {
    const auto e = event();
    if (!e) return std::nullopt;
    if (!e->data.empty()) return parsed(e->data);
  }
}

json::object connection::answer(int id, progress* reported, const other& or_else) {
  return answer(head(), id, reported, or_else);
}

json::object connection::answer(const http_answer& head,
                                int id,
                                progress* reported,
                                const other& or_else) {
  std::optional<json::object> found;
  if (!head.is_stream()) {
    found = parsed(head.body);
  } else {
    while (auto m = message()) {
      if (!m->contains("method")) {
        if (found) throw failure(trouble::doubled, "a second answer: " + json::serialize(*m));
        found = std::move(m);
      } else if (found) {
        throw failure(trouble::wrong, "behind the answer: " + json::serialize(*m));
      } else if (reported && text_at(*m, "method") == "notifications/progress") {
        reported->take(*m);
        ++counts_.notifications;
      } else if (or_else) {
        or_else(*m);
      } else {
        throw failure(trouble::wrong, "unasked for: " + json::serialize(*m));
      }
    }
  }
  if (!found) throw failure(trouble::refused, "the stream ended without an answer");
  const json::value* of = found->if_contains("id");
  if (!of || *of != json::value(id))
    throw failure(trouble::crossed, json::serialize(*found) + " instead of " + std::to_string(id));
  if (found->contains("error")) throw failure(trouble::refused, json::serialize(*found));
  return std::move(*found);
}

void connection::ask(std::string_view bytes,
                     int id,
                     const std::string& wanted,
                     progress* reported) {
  send(bytes);
  expect(text_of(answer(id, reported)), wanted);
  ++counts_.answers;
}

}  // namespace soak
