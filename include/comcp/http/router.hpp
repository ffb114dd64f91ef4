#ifndef COMCP_HTTP_ROUTER_HPP
#define COMCP_HTTP_ROUTER_HPP

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comcp/http/exchange.hpp"

namespace comcp::http {

/** Chooses a handler by path, and by method where one was given.

    Paths are compared byte by byte with the path as sent: nothing is decoded, no dot segment is
    removed, so there is no second spelling of a path. Unknown paths are answered 404, other methods
    of a known path 405 with Allow. HEAD goes to the handler of GET, OPTIONS lists the methods.

    A handler that was added without a method gets every method and answers 405 itself.

    Copies share nothing; register before the server starts.
*/
class router {
 public:
  router() noexcept;

  /// @par Errors std::invalid_argument for a path without leading slash, or one that is taken
  router& add(std::string_view path, handler h);
  router& add(std::string_view method, std::string_view path, handler h);

  /// Ends the exchange, one way or another. Usable as a `handler`; must outlive what it returns.
  awaitable<void> operator()(exchange ex) const;

 private:
  struct route {
    std::string path;
    handler any;
    std::vector<std::pair<std::string, handler>> by_method;
  };
  route& at(std::string_view path);

  std::vector<route> routes_;
};

}  // namespace comcp::http

#endif
