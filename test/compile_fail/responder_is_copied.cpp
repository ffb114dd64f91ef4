// expect: use of deleted function|deleted copy constructor|call to deleted constructor
// Two responders for one request would be two answers.
#include "comcp/session/responder.hpp"

void keep(comcp::responder r) {
  comcp::responder moved = std::move(r);
  comcp::responder copy = moved;  // error
}
