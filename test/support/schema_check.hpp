#ifndef COMCP_TEST_SUPPORT_SCHEMA_CHECK_HPP
#define COMCP_TEST_SUPPORT_SCHEMA_CHECK_HPP

#include <string>
#include <string_view>

#include "comcp/json/value.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::test {

/// The official schemas are where the tests look for them (they aren't in a user's clone).
bool schemas_available();

/// How a message is looked at.
enum class scrutiny {
  open,  ///< it satisfies the schema; objects may have other members, as the schemas allow
  exact  ///< ... and has no member that its revision doesn't define: strict peers exist
};

/** Checks one message on the wire against the official JSON Schema of its revision.

    Envelope first, then the params of a request or notification, or the result of the request that it
    answers, or the error's code and data. Returns what is wrong, empty when nothing is; also empty when
    the schemas are absent, so tests that rely on it report themselves as skipped with
    `schemas_available`.

    @param answered the method of the request that a response answers; empty: the result isn't checked
*/
std::string check_message(std::string_view text,
                          const protocol::rules& r,
                          std::string_view answered = {},
                          scrutiny how = scrutiny::exact);

/// The same of a value that is part of messages, against a definition by its name in the schema.
std::string check_value(const json::value& value,
                        const protocol::rules& r,
                        const std::string& definition,
                        scrutiny how = scrutiny::exact);

}  // namespace comcp::test

#endif
