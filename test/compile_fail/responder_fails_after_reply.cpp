// expect: discards qualifiers|rvalue ref-qualifier|expects an rvalue
#include "comcp/session/responder.hpp"

void answer(comcp::responder r) {
  std::move(r).reply(comcp::json::value(1));
  r.fail(comcp::jsonrpc::error_object(-32603, "late"));  // error
}
