#include "comcp/session/errors.hpp"

#include "comcp/jsonrpc/codec.hpp"

namespace comcp {

namespace {

// error_category's destructor is protected and not virtual by design.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "comcp.session"; }
  std::string message(int value) const override {
    switch (static_cast<session_errc>(value)) {
      case session_errc::closed:
        return "the peer is gone";
      case session_errc::timed_out:
        return "the peer did not answer in time";
      case session_errc::not_initialized:
        return "the handshake is not complete";
      case session_errc::no_session:
        return "the server keeps no sessions, so that it can't ask its clients";
      case session_errc::capability_missing:
        return "the client did not declare this capability";
      case session_errc::not_in_revision:
        return "the protocol revision has no such request from server to client";
      case session_errc::too_many_calls:
        return "too many questions to the peer are open";
      case session_errc::bad_answer:
        return "the peer's answer does not fit the question";
    }
    return "unknown";
  }
};
#pragma GCC diagnostic pop

}  // namespace

const boost::system::error_category& session_category() noexcept {
  static const category instance;
  return instance;
}

boost::system::error_code make_error_code(session_errc e) noexcept {
  return {static_cast<int>(e), session_category()};
}

capability_missing_error::capability_missing_error(json::object required)
    : session_error(session_errc::capability_missing, jsonrpc::to_text(required)),
      required_(std::move(required)) {}

}  // namespace comcp
