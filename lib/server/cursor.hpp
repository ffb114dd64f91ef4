#ifndef COMCP_LIB_SERVER_CURSOR_HPP
#define COMCP_LIB_SERVER_CURSOR_HPP

#include <optional>
#include <string>
#include <string_view>

namespace comcp::detail {

/** A place in a sorted list as an opaque text: "behind this key".

    It names the key and not a number, so it stays right when entries come and go, on every instance
    and after a restart. The list's name is part of it: a cursor of one list is none of another's.
*/
std::string make_cursor(std::string_view list, std::string_view key);
/// The key, or nothing when this is no cursor of that list.
std::optional<std::string> read_cursor(std::string_view list, std::string_view cursor);

}  // namespace comcp::detail

#endif
