#ifndef COMCP_JSONRPC_REQUEST_ID_HPP
#define COMCP_JSONRPC_REQUEST_ID_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "comcp/json/value.hpp"

namespace comcp::jsonrpc {

/** The id of a request: a string or an integer, kept with its type and its exact value.

    `1` and `"1"` are different ids; 0 and "" are ids like any other. Integers cover int64 and uint64.
    Null, fractions and other types are no ids (S-RPC-02, S-RPC-06). A progress token has the same type.
*/
class request_id {
 public:
  /// The integer 0.
  request_id() noexcept = default;
  request_id(std::int64_t number) noexcept : value_(number) {}
  request_id(int number) noexcept : value_(std::int64_t{number}) {}
  request_id(std::uint64_t number) noexcept;
  request_id(std::string text) noexcept : value_(std::move(text)) {}
  request_id(const char* text) : value_(std::string(text)) {}

  /// The id that a JSON value is, or nothing when it can't be one.
  static std::optional<request_id> from_json(const json::value& value);
  json::value to_json(json::storage_ptr storage = {}) const;
  /// Appends the id as JSON text.
  void append_to(std::string& out) const;
  /// As JSON text, for logs.
  std::string to_string() const;

  bool is_string() const noexcept { return std::holds_alternative<std::string>(value_); }
  /// The text of a string id; empty otherwise.
  std::string_view text() const noexcept;
  std::size_t hash() const noexcept { return std::hash<decltype(value_)>{}(value_); }

  friend bool operator==(const request_id&, const request_id&) = default;

 private:
  /// uint64 only holds what int64 can't, so that equal numbers compare equal.
  std::variant<std::int64_t, std::uint64_t, std::string> value_;
};

}  // namespace comcp::jsonrpc

template <>
struct std::hash<comcp::jsonrpc::request_id> {
  std::size_t operator()(const comcp::jsonrpc::request_id& id) const noexcept { return id.hash(); }
};

#endif
