// expect: discards qualifiers|rvalue ref-qualifier|expects an rvalue
// An answer consumes its responder: on a named one, without std::move, it doesn't compile.
#include "comcp/session/responder.hpp"

void answer(comcp::responder r) {
  std::move(r).reply(comcp::json::value(1));
  r.reply(comcp::json::value(2));  // error
}
