// expect: is private within this context|calling a private constructor
// A request makes a responder; nobody else can.
#include "comcp/session/responder.hpp"

void forge(std::shared_ptr<comcp::detail::request_state> state) {
  comcp::responder fake(state);  // error
  (void)state;
}
