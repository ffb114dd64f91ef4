#ifndef COMCP_LIB_HTTP_EXPECT_SILENCE_HPP
#define COMCP_LIB_HTTP_EXPECT_SILENCE_HPP

// For streams that last: what their connections needn't keep meanwhile.

#include "comcp/http/exchange.hpp"

namespace comcp::http::detail {

/// The client is not expected to say anything during this exchange: there is only room to notice that it
/// leaves. A request that it sends nevertheless is read in smaller pieces.
void expect_silence(exchange& ex) noexcept;
/// Nobody will ask for `request()` again: it is empty from now on.
void forget_request(exchange& ex) noexcept;

}  // namespace comcp::http::detail

#endif
