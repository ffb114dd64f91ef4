#ifndef COMCP_APPS_COMCP_BENCH_SOCKET_ADDRESS_HPP
#define COMCP_APPS_COMCP_BENCH_SOCKET_ADDRESS_HPP

#include <sys/socket.h>

namespace comcp::bench {

struct endpoint_address;

/// Where sockets connect to.
struct socket_address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

/** Looks the name up, and takes the first of its addresses that accepts a connection.
    @par Errors std::runtime_error: there is none */
socket_address reachable_address(const endpoint_address& to);

}  // namespace comcp::bench

#endif
