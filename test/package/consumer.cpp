// What a user's first program does, as far as it can be checked without a peer.
#include <comcp/comcp.hpp>
#include <iostream>

namespace {
comcp::awaitable<std::string> greet(comcp::request_context&) { co_return "hello"; }
}  // namespace

int main() {
  comcp::server server{"consumer", COMCP_VERSION_STRING};
  server.tool("greet", "Says hello", greet);
  std::cout << "comcp " << COMCP_VERSION_STRING << '\n';
  return 0;
}
