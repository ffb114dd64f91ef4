#ifndef COMCP_LIB_HTTP_TRANSPORT_SESSION_ID_HPP
#define COMCP_LIB_HTTP_TRANSPORT_SESSION_ID_HPP

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace comcp::detail {

/** A fresh session id: the home shard in hexadecimal, a hyphen, 192 random bits. Visible ASCII only
    (S-SESS-01), unguessable (S-SESS-02). */
std::string make_session_id(std::size_t home_shard);

/// It has the form of our ids; whether there is such a session is another matter.
bool is_session_id(std::string_view id) noexcept;

/// The home shard that it names, if it begins as our ids do. Looks no further: who looks for the session there
/// won't find it by a malformed id.
std::optional<std::size_t> home_shard_of(std::string_view id) noexcept;

/// Enough of an id for a log line or the tree of scopes, too little to use it.
std::string short_form(std::string_view id);

}  // namespace comcp::detail

#endif
