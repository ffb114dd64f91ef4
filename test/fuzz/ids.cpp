// Texts of ours that clients bring back: ids of events and sessions, cursors. What is understood says the same again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http_transport/event_id.hpp"
#include "http_transport/session_id.hpp"
#include "server/cursor.hpp"

using namespace comcp::detail;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const std::string session = "0-abcdefghijklmnopqrstuvwxyz0123456789";
  if (const auto id = parse_event_id(text, session)) {
    const std::string again = event_prefix(session, id->stream) + std::to_string(id->number);
    const auto same = parse_event_id(again, session);
    if (!same || same->stream != id->stream || same->number != id->number) std::abort();
  }
  if (is_session_id(text) && !home_shard_of(text)) std::abort();
  (void)short_form(text);
  for (const std::string_view list : {"tools", "prompts"}) {
    const auto key = read_cursor(list, text);
    if (key && read_cursor(list, make_cursor(list, *key)) != key) std::abort();
  }
  return 0;
}
