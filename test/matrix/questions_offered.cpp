// Tools that ask the client, one for each kind of question that a scenario looks at.

#include <chrono>
#include <string>
#include <utility>

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/server/errors.hpp"
#include "everything_server/everything.hpp"
#include "matrix/servers.hpp"

namespace test::matrix {

void add_questions(server&) {}

}  // namespace test::matrix
