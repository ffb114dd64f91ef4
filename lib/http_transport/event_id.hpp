#ifndef COMCP_LIB_HTTP_TRANSPORT_EVENT_ID_HPP
#define COMCP_LIB_HTTP_TRANSPORT_EVENT_ID_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace comcp::detail {

/// The stream of a session that belongs to no request.
inline constexpr std::uint64_t standalone_stream = 0;

/** A place in a stream: behind its message `number`; 0 is its beginning. As text
    `session.stream.number`: unique over the streams of a session (S-SESS-11), with enough of the
    session's id that another's is not taken for it. */
class event_id {
 public:
  std::uint64_t stream = 0;
  std::uint64_t number = 0;
};

/// What the event ids of one stream begin with; the number follows.
std::string event_prefix(std::string_view session_id, std::uint64_t stream);

/// The place that an id of this session names; nothing for ids of another session or of another make.
std::optional<event_id> parse_event_id(std::string_view text, std::string_view session_id) noexcept;

}  // namespace comcp::detail

#endif
