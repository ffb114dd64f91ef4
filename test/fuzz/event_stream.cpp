// An event stream, cut into pieces of the size that the first byte says: the pieces give the events
// of the whole, and each event is read back from its own encoding.

#include "comcp/http/event_stream.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace http = comcp::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = data[0] + std::size_t{1};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto limits = http::event_limits().max_line_bytes(100).max_event_bytes(200);

  http::event_parser whole(limits);
  std::vector<http::sse_event> expected;
  whole.feed(bytes, expected);

  http::event_parser parts(limits);
  std::vector<http::sse_event> events;
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    parts.feed(bytes.substr(at, piece), events);
  if (whole.state() != parts.state() || expected != events) std::abort();
  if (whole.last_event_id() != parts.last_event_id()) std::abort();

  for (const auto& event : events) {
    http::event_parser again;
    std::vector<http::sse_event> back;
    again.feed(http::encode_event(event), back);
    if (back.size() != 1 || back[0] != event) std::abort();
  }
  return 0;
}
