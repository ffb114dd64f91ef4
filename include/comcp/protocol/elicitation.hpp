#ifndef COMCP_PROTOCOL_ELICITATION_HPP
#define COMCP_PROTOCOL_ELICITATION_HPP

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/** Params of `elicitation/create`, form mode: a question with a flat form. Never for secrets (S-ELIC-01). */
class elicit_form {
 public:
  elicit_form() = default;
  elicit_form(std::string m, json::object s)
      : message(std::move(m)), requested_schema(std::move(s)) {}

  std::string message;
  json::object requested_schema;  ///< see check_requested_schema
};

/** Params of `elicitation/create`, URL mode: a page that the user opens in a browser. */
class elicit_url {
 public:
  elicit_url() = default;
  elicit_url(std::string m, std::string u, std::string id = {})
      : message(std::move(m)), url(std::move(u)), elicitation_id(std::move(id)) {}

  std::string message;
  std::string url;  ///< https; nothing sensitive in it, not pre-authenticated (S-ELIC-03)
  std::string elicitation_id;  ///< sent where the revision has it
};

/** How the user answered. */
class elicit_result {
 public:
  enum class outcome : std::uint8_t { accept, decline, cancel };

  elicit_result() = default;
  outcome action = outcome::cancel;
  json::object content;  ///< values of the form, when accepted
};

/** The form as the revision has it. What 2025-06-18 lacks is left out or put in its words: defaults (but
    of booleans), `$schema`, titled choices (`enumNames`). It has no multiple choice: those stay as
    they are, for clients that know them anyway. */
json::object encode(const elicit_form& value, const rules& r);
json::object encode(const elicit_url& value, const rules& r);
json::object encode(const elicit_result& value);

/// The answer, or what is wrong with it as -32602. The content isn't checked against the schema.
std::variant<elicit_result, jsonrpc::error_object> decode_elicit_result(const json::value& result);

/** The form that a struct's schema (json::schema_of) describes: its `properties` and `required`, multiple
    choices in the words of forms, and without the bounds of 64-bit integers, which forms shown by
    JavaScript can't hold. Whether it is a form is check_requested_schema's to say. */
json::object form_schema(json::object schema);

/** Whether a name is that of a secret: it ends in "password", "api key", "access token", "card number"
    or the like, however that is written ("apiKey", "user_password", "CARD-NUMBER").

    Such a field can't be in a form (S-ELIC-01), nor such a parameter in the URL of a page (S-ELIC-03).
    No name proves that something is none. */
bool names_secret(std::string_view name) noexcept;

/** Why a schema is no form: it must be a flat object of strings, numbers, booleans, choices and
    multiple choices, without references, and ask for no secret. Nothing: it is one. */
std::optional<std::string> check_requested_schema(const json::object& schema);

/// -32042, 2025-11-25 only: the request can be repeated when these pages were visited (S-ELIC-05).
jsonrpc::error_object url_elicitation_required(const std::vector<elicit_url>& pages,
                                               const rules& r);

}  // namespace comcp::protocol

#endif
