#include "comcp/scope/stream_error.hpp"

#include <array>
#include <boost/system/error_category.hpp>
#include <boost/system/system_error.hpp>
#include <string>

namespace comcp {

namespace {

// error_category's destructor is protected and not virtual by design.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "comcp.stream"; }
  std::string message(int value) const override {
    switch (static_cast<stream_error>(value)) {
      case stream_error::closed_resource:
        return "this end of the stream is closed";
      case stream_error::broken_resource:
        return "the other end of the stream is closed";
      case stream_error::end_of_stream:
        return "end of stream";
      case stream_error::would_block:
        return "the operation would have to wait";
    }
    return "unknown stream error";
  }
};
#pragma GCC diagnostic pop

std::exception_ptr make(stream_error e) {
  return std::make_exception_ptr(boost::system::system_error{make_error_code(e)});
}

}  // namespace

const boost::system::error_category& stream_category() noexcept {
  static const category instance;
  return instance;
}

boost::system::error_code make_error_code(stream_error e) noexcept {
  return {static_cast<int>(e), stream_category()};
}

namespace detail {

std::exception_ptr make_error(stream_error e) {
  static const std::array<std::exception_ptr, 4> all{
      make(stream_error::closed_resource), make(stream_error::broken_resource),
      make(stream_error::end_of_stream), make(stream_error::would_block)};
  return all.at(static_cast<std::size_t>(e) - 1);
}

void throw_error(stream_error e) {
  throw boost::system::system_error{make_error_code(e)};
}

}  // namespace detail
}  // namespace comcp
