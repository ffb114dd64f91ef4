#ifndef COMCP_AWAITABLE_HPP
#define COMCP_AWAITABLE_HPP

// The one place that names Asio's coroutine type and the default executor. Includes only what that
// needs: <boost/asio.hpp> would cost every user's translation unit five times as much.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace comcp {

namespace asio = boost::asio;

/** A coroutine of comcp is an ordinary Asio coroutine; any Asio operation can be awaited in it. */
template <class T = void>
using awaitable = boost::asio::awaitable<T>;

}  // namespace comcp

#endif
