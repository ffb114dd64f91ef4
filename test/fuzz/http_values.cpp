// One text as every kind of header value: whatever is accepted keeps its promises.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "comcp/http/fields.hpp"
#include "comcp/http/media_type.hpp"
#include "comcp/http/origin.hpp"

namespace http = comcp::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto type : {"application/json", "text/event-stream"}) {
    const int quality = http::accept_quality(text, type);
    if (quality < 0 || quality > 1000) std::abort();
    if (http::is_media_type(text, type) &&
        http::accept_quality(text.substr(0, text.find(';')), type) == 0)
      std::abort();
  }
  if (const auto host = http::parse_host(text)) {
    // What is read is read again from its normal form.
    auto normal = host->is_ipv6 ? "[" + host->host + "]" : host->host;
    if (host->port) normal += ":" + std::to_string(*host->port);
    const auto again = http::parse_host(normal);
    if (!again || again->host != host->host || again->port != host->port) std::abort();
    if (http::is_loopback_host(*host) != http::origin_policy().host_allowed(normal)) std::abort();
  }
  http::fields fields;
  try {
    fields.add("X-Value", text);
    if (fields[0].value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
      std::abort();
    fields.add("X-Value", text);
    if (fields.count("x-value") != 2) std::abort();
    (void)fields.has_token("x-value", "close");
  } catch (const std::invalid_argument&) {
    if (http::is_field_value(http::trim_ows(text))) std::abort();
  }
  return 0;
}
