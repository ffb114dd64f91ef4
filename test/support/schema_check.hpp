#ifndef COMCP_TEST_SUPPORT_SCHEMA_CHECK_HPP
#define COMCP_TEST_SUPPORT_SCHEMA_CHECK_HPP

#include <string>
#include <string_view>

#include "comcp/protocol/version.hpp"

namespace comcp::test {

/// The official schemas are where the tests look for them (they aren't in a user's clone).
bool schemas_available();

/** Checks one message on the wire against the official JSON Schema of its revision.

    Envelope first, then the params of a request or notification, or the result of the request that it
    answers. Returns what is wrong, empty when nothing is; also empty when the schemas are absent, so
    tests that rely on it report themselves as skipped with `schemas_available`.

    @param answered the method of the request that a response answers; empty: the result isn't checked
*/
std::string check_message(std::string_view text,
                          const protocol::rules& r,
                          std::string_view answered = {});

}  // namespace comcp::test

#endif
