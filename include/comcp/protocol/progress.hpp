#ifndef COMCP_PROTOCOL_PROGRESS_HPP
#define COMCP_PROTOCOL_PROGRESS_HPP

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/** How far a request is: params of `notifications/progress` but for the token. Grows with each message,
    also when there is no total. */
class progress_update {
 public:
  progress_update() = default;
  explicit progress_update(double p, std::optional<double> t = {}, std::string m = {})
      : progress(p), total(t), message(std::move(m)) {}

  double progress = 0;
  std::optional<double> total;
  std::string message;  ///< empty: not sent
};

/// @param token the `progressToken` of the request that is reported on
json::object encode(const progress_update& value, const jsonrpc::request_id& token, const rules& r);

/// A progress notification that came in.
class progress_params {
 public:
  progress_params() = default;
  jsonrpc::request_id token;
  progress_update update;
};
std::variant<progress_params, jsonrpc::error_object> decode_progress(const json::value& params);

/** Params of `notifications/cancelled`: a request of the sender that it gave up. */
class cancelled_params {
 public:
  cancelled_params() = default;
  explicit cancelled_params(jsonrpc::request_id id, std::string why = {})
      : request_id(std::move(id)), reason(std::move(why)) {}

  jsonrpc::request_id request_id;
  std::string reason;  ///< for the log; empty: not sent
};

json::object encode(const cancelled_params& value);
/// Nothing when it names no request: such a notification is ignored (S-CANC-01).
std::optional<cancelled_params> decode_cancelled(const json::value& params);

}  // namespace comcp::protocol

#endif
