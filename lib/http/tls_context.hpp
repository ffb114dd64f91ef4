#ifndef COMCP_LIB_HTTP_TLS_CONTEXT_HPP
#define COMCP_LIB_HTTP_TLS_CONTEXT_HPP

#include <boost/asio/ssl/context.hpp>

#include <memory>

#include "comcp/awaitable.hpp"
#include "comcp/http/tls.hpp"

namespace comcp::http {

/// A server's context. Throws boost::system::system_error that names what can't be used.
std::unique_ptr<asio::ssl::context> make_tls_context(const tls_options& options);

}  // namespace comcp::http

#endif
