#ifndef COMCP_SCOPE_STREAM_ERROR_HPP
#define COMCP_SCOPE_STREAM_ERROR_HPP

#include <boost/system/error_code.hpp>
#include <boost/system/is_error_code_enum.hpp>
#include <exception>

namespace comcp {

/// Errors of memory streams and of the nowait functions of the primitives.
enum class stream_error {
  closed_resource = 1,  ///< this end was closed on this side
  broken_resource,      ///< the other end is gone: nobody can receive
  end_of_stream,        ///< all senders are gone and everything was received
  would_block,          ///< it can't be done without waiting
};

const boost::system::error_category& stream_category() noexcept;
boost::system::error_code make_error_code(stream_error e) noexcept;

namespace detail {
/// A boost::system::system_error with that code; the same object each time.
std::exception_ptr make_error(stream_error e);
[[noreturn]] void throw_error(stream_error e);
}  // namespace detail

}  // namespace comcp

template <>
struct boost::system::is_error_code_enum<comcp::stream_error> : std::true_type {};

#endif
