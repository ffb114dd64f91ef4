// The head and body of a POST to the MCP endpoint: header lines, an empty line, the body. Whatever it
// is, it has one outcome, and a refusal is a response that can be sent. Each header value is also put
// through its codec.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "comcp/http_transport/header_value.hpp"
#include "http_transport/streamable_http_core.hpp"

using namespace comcp;

namespace {

void check(bool promise) {
  if (!promise) std::abort();
}

void check_value(std::string_view value) {
  const auto text = decode_header_value(value);
  check(!text || header_value_equals(value, *text));
  check(!text || decode_header_value(encode_header_value(*text)) == *text);
  check(text || !header_value_equals(value, value));
}

http::request_head read_head(std::string_view lines) {
  http::request_head head;
  head.method = "POST";
  head.target = "/mcp";
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view value = http::trim_ows(line.substr(colon + 1));
    try {
      head.headers.add(line.substr(0, colon), value);
    } catch (const std::invalid_argument&) {  // the HTTP parser would have refused it
      continue;
    }
    check_value(value);
  }
  return head;
}

void check_status(const detail::refusal& r) {
  const http::response sent = r.to_response();
  check(sent.status == 400 || sent.status == 404 || sent.status == 405 || sent.status == 406);
  check(!sent.body.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto blank = input.find("\n\n");
  const http::request_head head = read_head(input.substr(0, blank));
  const std::string_view body =
      blank == std::string_view::npos ? std::string_view() : input.substr(blank + 2);

  static const auto annotated = [] {
    protocol::parameter_header region;
    region.path = {"region"};
    region.name = "Region";
    return std::make_shared<const protocol::parameter_headers>(1, region);
  }();
  static jsonrpc::decoder decoder;
  for (const served_eras eras : {served_eras::both, served_eras::legacy, served_eras::modern}) {
    detail::core_options options;
    options.eras = eras;
    const auto route = detail::route_post(head, decoder.decode(body), options,
                                          [](std::string_view) { return annotated; });
    if (const auto* no = std::get_if<detail::refusal>(&route)) check_status(*no);
    if (const auto* yes = std::get_if<detail::to_session>(&route))
      (void)detail::wants_answer(yes->content);
  }
  for (const auto& route : {detail::route_get(head, {}), detail::route_delete(head, {})})
    if (const auto* no = std::get_if<detail::refusal>(&route)) check_status(*no);
  return 0;
}
