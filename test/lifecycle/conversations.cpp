#include "lifecycle/conversations.hpp"

#include "lifecycle/live_server.hpp"

namespace lifecycle {

namespace {

std::string modern(std::string_view method, std::string_view params, std::string_view name = {}) {
  const std::string meta = R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                           R"("io.modelcontextprotocol/clientCapabilities":{"elicitation":{},)"
                           R"("extensions":{"io.modelcontextprotocol/tasks":{}}}})";
  const std::string body = R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) +
                           R"(","params":{)" + std::string(params) + R"("_meta":)" + meta + "}}";
  std::string headers =
      "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: " + std::string(method) + "\r\n";
  if (!name.empty()) headers += "Mcp-Name: " + std::string(name) + "\r\n";
  return post(body, headers);
}

}  // namespace

const std::vector<conversation>& conversations() {
  using text = const std::string&;
  static const std::vector<conversation> all = {
      {"initialize", nullptr, [](text) { return post(initialize()); }},
      {"call, one answer", "2025-06-18",
       [](text h) { return post(call(1, "echo", R"({"text":"a"})"), h); }},
      {"call with progress", "2025-06-18",
       [](text h) {
         return post(call(1, "steps", R"({"n":3,"ms":1})", R"({"progressToken":1})"), h);
       }},
      {"call with priming event", "2025-11-25",
       [](text h) {
         return post(call(1, "steps", R"({"n":3,"ms":1})", R"({"progressToken":1})"), h);
       }},
      {"batch", "2025-03-26",
       [](text h) {
         return post("[" + call(1, "echo", R"({"text":"a"})") + "," + call(2, "nap") + "]", h);
       }},
      {"GET stream", "2025-06-18", [](text h) { return request("GET", h); }},
      {"question to the client", "2025-11-25",
       [](text h) { return post(call(1, "ask", R"({"ms":20})"), h); }},
      {"modern discover", nullptr, [](text) { return modern("server/discover", ""); }},
      {"modern call, one answer", nullptr,
       [](text) { return modern_call(1, "echo", R"({"text":"a"})"); }},
      {"modern call with progress", nullptr,
       [](text) { return modern_call(1, "steps", R"({"n":3,"ms":1})"); }},
      {"modern question", nullptr,
       [](text) { return modern("tools/call", R"("name":"ask","arguments":{"ms":9},)", "ask"); }},
      {"modern listen", nullptr,
       [](text) {
         return modern("subscriptions/listen", R"("notifications":{"toolsListChanged":true},)");
       }},
      {"HTTP+SSE stream", nullptr,
       [](text) {
         return std::string(
             "GET /sse HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
       }},
  };
  return all;
}

const std::vector<conversation>& detached_conversations() {
  using text = const std::string&;
  static const std::vector<conversation> all = {
      {"task", "2025-11-25",
       [](text h) {
         return post(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"later",)"
                     R"("arguments":{"ms":5},"task":{"ttl":20000}}})",
                     h);
       }},
      {"task that asks", "2025-11-25",
       [](text h) {
         return post(
             R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask_later",)"
             R"("arguments":{"ms":5},"task":{"ttl":20000}}})",
             h);
       }},
      {"modern task", nullptr,
       [](text) {
         return modern("tools/call", R"("name":"later","arguments":{"ms":5},)", "later");
       }},
      {"modern task that asks", nullptr,
       [](text) {
         return modern("tools/call", R"("name":"ask_later","arguments":{"ms":5},)", "ask_later");
       }},
      {"parked question", nullptr,
       [](text) {
         return modern("tools/call", R"("name":"ask_parked","arguments":{"ms":5},)", "ask_parked");
       }},
  };
  return all;
}

}  // namespace lifecycle
