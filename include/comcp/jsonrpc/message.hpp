#ifndef COMCP_JSONRPC_MESSAGE_HPP
#define COMCP_JSONRPC_MESSAGE_HPP

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/error_code.hpp"
#include "comcp/jsonrpc/request_id.hpp"

namespace comcp::jsonrpc {

/** The `error` member of an error response. */
class error_object {
 public:
  error_object() = default;
  error_object(int c, std::string m, std::optional<json::value> d = {})
      : code(c), message(std::move(m)), data(std::move(d)) {}

  int code = error_code::internal_error;
  std::string message;              ///< one sentence; never empty on the wire
  std::optional<json::value> data;  ///< absent: no member is sent
};

/** A request. `params` is null when absent (an explicit null counts as absent); what else isn't an
    object is kept for the receiver to refuse. */
class request {
 public:
  request() = default;
  request(request_id i, std::string m, json::value p = {})
      : id(std::move(i)), method(std::move(m)), params(std::move(p)) {}

  request_id id;
  std::string method;
  json::value params;
  /// Of the text it was decoded from; a batch's requests all have the batch's.
  std::size_t bytes = 0;
};

/** A notification: it is never answered. */
class notification {
 public:
  notification() = default;
  explicit notification(std::string m, json::value p = {})
      : method(std::move(m)), params(std::move(p)) {}

  std::string method;
  json::value params;
};

/** A result response. */
class response {
 public:
  response() = default;
  response(request_id i, json::value r) : id(std::move(i)), result(std::move(r)) {}

  request_id id;
  json::value result;
};

/** An error response; without id when the sender could not read one. */
class error_response {
 public:
  error_response() = default;
  error_response(std::optional<request_id> i, error_object e)
      : id(std::move(i)), error(std::move(e)) {}

  std::optional<request_id> id;
  error_object error;
};

using message = std::variant<request, notification, response, error_response>;

/** What could not be understood, with the answer that it is due.

    The id is kept whenever it can be read, also when a limit kept the message from being built; text
    that isn't JSON has none. A response gone wrong never gives the id to answer with: the peer would
    take the answer for one to its own request of that id. */
class malformed {
 public:
  malformed() = default;
  malformed(error_object e, std::optional<request_id> i = {})
      : error(std::move(e)), id(std::move(i)) {}

  error_object error;
  std::optional<request_id> id;  ///< of the request that `error` answers
  /// It has `result` or `error` but no `method`. Where messages flow both ways it is logged, not
  /// answered; a server of stateless HTTP refuses it with the exchange's response.
  bool is_response = false;
  /// The request of ours that such a response names: fail it, rather than let it wait for ever.
  std::optional<request_id> responds_to;
};

/** A JSON array of messages; each element stands for itself. */
class batch {
 public:
  std::vector<std::variant<message, malformed>> elements;  ///< never empty
};

using decoded = std::variant<message, batch, malformed>;

/** JSON that is already text, valid UTF-8: a cached result, for instance. */
class raw_json {
 public:
  explicit raw_json(std::string t) : text(std::move(t)) {}
  std::string text;
};

/** The same, owned by someone else. */
class raw_json_view {
 public:
  explicit raw_json_view(std::string_view t) noexcept : text(t) {}
  raw_json_view(const raw_json& json) noexcept : text(json.text) {}
  std::string_view text;
};

}  // namespace comcp::jsonrpc

#endif
