#include "bench/socket_address.hpp"

#include <netdb.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

#include "bench/bench_options.hpp"

namespace comcp::bench {

socket_address reachable_address(const endpoint_address& to) {
  const std::string failed = "can't connect to " + to.host + " port " + to.port + ": ";
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int wrong = ::getaddrinfo(to.host.c_str(), to.port.c_str(), &hints, &found); wrong != 0)
    throw std::runtime_error(failed + ::gai_strerror(wrong));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  int error = 0;
  for (const addrinfo* a = found; a; a = a->ai_next) {
    const int fd = ::socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool connected = fd >= 0 && ::connect(fd, a->ai_addr, a->ai_addrlen) == 0;
    error = errno;
    if (fd >= 0) ::close(fd);
    if (!connected) continue;
    socket_address out;
    std::memcpy(&out.bytes, a->ai_addr, a->ai_addrlen);
    out.size = a->ai_addrlen;
    return out;
  }
  throw std::runtime_error(failed + std::generic_category().message(error));
}

}  // namespace comcp::bench
