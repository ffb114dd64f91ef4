#ifndef COMCP_LIB_HTTP_BODY_HERE_HPP
#define COMCP_LIB_HTTP_BODY_HERE_HPP

#include <cstddef>
#include <optional>
#include <string_view>

#include "comcp/http/exchange.hpp"

namespace comcp::http::detail {

/** Takes the request's body without waiting or copying: when its length was told and all of it has come with the
    head, as it nearly always has. Otherwise nothing is taken; read it with `read_body`.

    @par Lifetime the view is valid until the caller waits for anything or answers
*/
std::optional<std::string_view> body_here(exchange& ex, std::size_t limit_bytes) noexcept;

}  // namespace comcp::http::detail

#endif
