#ifndef COMCP_LIB_PROTOCOL_READER_HPP
#define COMCP_LIB_PROTOCOL_READER_HPP

// Reading objects that came from outside, member by member, with the path in every complaint.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/errors.hpp"

namespace comcp::protocol {

/// Thrown by readers, caught by `reading`; never leaves this module.
class unfit {
 public:
  explicit unfit(std::string w) : why(std::move(w)) {}
  std::string why;  ///< "/messages/0/role must be …"
};

/// An object under a JSON pointer. Views the value: both must outlive it.
class reader {
 public:
  /// @param path where `value` is, as a JSON pointer; empty: the params or result itself
  reader(const json::value& value, std::string path);

  std::string at(std::string_view member) const;
  [[noreturn]] void complain(std::string_view member, std::string_view expectation) const;

  /// The member; null when absent. An explicit null of an optional member counts as absent.
  const json::value* find(std::string_view member) const noexcept;
  const json::object& members() const noexcept { return *object_; }

  std::string text(std::string_view member) const;           ///< required
  std::string optional_text(std::string_view member) const;  ///< empty when absent
  bool flag(std::string_view member) const;                  ///< false when absent
  double number(std::string_view member) const;              ///< required
  std::optional<double> optional_number(std::string_view member) const;
  std::optional<std::int64_t> optional_integer(std::string_view member) const;
  json::object object(std::string_view member) const;             ///< empty when absent
  std::vector<std::string> texts(std::string_view member) const;  ///< empty when absent
  reader inner(std::string_view member) const;                    ///< required object
  const json::array& array(std::string_view member) const;        ///< required
  const json::array* optional_array(std::string_view member) const;
  std::string element(std::string_view member, std::size_t index) const;

 private:
  const json::object* object_;
  std::string path_;
};

/// What `read` returns, or -32602 with what it complained of.
template <class Read>
auto reading(Read read) -> std::variant<decltype(read()), jsonrpc::error_object> {
  try {
    return read();
  } catch (const unfit& u) {
    return invalid_params(u.why);
  }
}

}  // namespace comcp::protocol

#endif
