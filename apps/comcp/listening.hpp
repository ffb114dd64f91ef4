#ifndef COMCP_APPS_COMCP_LISTENING_HPP
#define COMCP_APPS_COMCP_LISTENING_HPP

#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "comcp/log.hpp"
#include "comcp/session/endpoint.hpp"
#include "comcp/session/options.hpp"
#include "serve_options.hpp"

namespace comcp::program {

/// The HTTP endpoint that the options describe, which says what to do when it can't listen.
/// @par Errors usage_error for addresses, hosts and origins that can't be understood
std::unique_ptr<endpoint> make_http_endpoint(const serve_options& options,
                                             session_options conversation,
                                             const logger& log);

/// Why listening failed, and what to do about it; empty when there is no advice.
std::string explain_listen_error(std::string_view address, const std::error_code& why);

/// Whether the address is reached from this machine only.
bool is_loopback_address(std::string_view address);

}  // namespace comcp::program

#endif
