#ifndef COMCP_LIB_HTTP_TCP_WIRE_HPP
#define COMCP_LIB_HTTP_TCP_WIRE_HPP

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>

#include "http/wire.hpp"

namespace boost::asio::ssl {
class context;
}

namespace comcp::http {

/// A socket with the concrete executor: the type-erased one costs on every operation.
using tcp_socket = asio::basic_stream_socket<asio::ip::tcp, asio::io_context::executor_type>;

std::unique_ptr<wire> make_tcp_wire(tcp_socket socket);
std::unique_ptr<wire> make_tls_wire(tcp_socket socket, asio::ssl::context& context);

/// Writes without waiting, by one system call.
std::size_t try_send(int descriptor,
                     std::span<const asio::const_buffer> from,
                     error_code& ec) noexcept;

}  // namespace comcp::http

#endif
