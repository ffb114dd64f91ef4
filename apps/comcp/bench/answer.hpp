#ifndef COMCP_APPS_COMCP_BENCH_ANSWER_HPP
#define COMCP_APPS_COMCP_BENCH_ANSWER_HPP

// Judges answers by looking over their text once: a value tree of each would cost the load generator
// more than sending and receiving.

#include <cstdint>
#include <string_view>

namespace comcp::bench {

/// What a JSON-RPC message is, and the parts that are judged, as views of its text.
class message_view {
 public:
  enum class kind : std::uint8_t { result, error, request, notification, nonsense };

  kind what = kind::nonsense;
  std::string_view id;      ///< as written, quotes included
  std::string_view method;  ///< as written, quotes included
  std::string_view body;    ///< of a result or an error
};

/** Finds the members of the message. Takes JSON for granted and checks only what it must walk over: what it
    can't follow is `nonsense`. */
message_view look_at(std::string_view text) noexcept;

enum class verdict : std::uint8_t {
  right,
  rpc_error,   ///< a JSON-RPC error
  tool_error,  ///< a result that says isError
  wrong        ///< no answer, somebody else's, not what was asked for, or a question
};

/** @param id        of the request, as written
    @param wanted    what the result must contain; empty: anything */
verdict judge(const message_view& answer, std::string_view id, std::string_view wanted) noexcept;

}  // namespace comcp::bench

#endif
