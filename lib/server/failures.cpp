#include "server/failures.hpp"

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/log.hpp"
#include "comcp/protocol/resources.hpp"
#include "comcp/protocol/result.hpp"
#include "comcp/scope/errors.hpp"
#include "comcp/server/errors.hpp"
#include "comcp/session/errors.hpp"

namespace comcp::detail {
namespace {

using protocol::call_tool_result;

// Tells which of our exceptions it is. A handler's task group wraps what its children threw: the first
// that says something to the client counts.
template <class Visitor>
void visit_failure(const std::exception_ptr& failure, Visitor&& visit) {
  try {
    std::rethrow_exception(failure);
  } catch (const tool_error& e) {
    visit(e);
  } catch (const request_error& e) {
    visit(e);
  } catch (const capability_missing_error& e) {
    visit(e);
  } catch (const session_error& e) {
    visit(e);
  } catch (const peer_error& e) {
    visit(e);
  } catch (const not_found_error& e) {
    visit(e);
  } catch (const timeout_error& e) {
    visit(e);
  } catch (const exception_group& group) {
    std::exception_ptr inner = group.find<tool_error>();
    if (!inner) inner = group.find<request_error>();
    if (!inner) inner = group.find<capability_missing_error>();
    if (!inner) inner = group.find<session_error>();
    if (!inner) inner = group.find<peer_error>();
    if (!inner) inner = group.find<not_found_error>();
    if (!inner) inner = group.find<timeout_error>();
    if (inner) {
      visit_failure(inner, visit);
    } else {
      visit(std::current_exception());
    }
  } catch (...) {
    visit(std::current_exception());
  }
}

std::string missing(const capability_missing_error& e) {
  return "The client lacks a capability that this needs: " + jsonrpc::to_text(e.required());
}

// The client may read both: the one is its own text, the other is fixed.
std::string refused(const peer_error& e) {
  return "The client answered a question with an error: " + e.error().message;
}
std::string unanswered(const session_error& e) {
  return "A question to the client has no answer: " + e.code().message() + ".";
}

std::string log_line(std::string_view what, const std::exception_ptr& failure) {
  return std::string(what) + " failed: " + describe(failure);
}

class tool_judge {
 public:
  tool_failure& out;
  std::string_view tool;
  const protocol::rules& rules;

  void operator()(const tool_error& e) const {
    call_tool_result r;
    r.content = e.content();
    r.is_error = true;
    out.answer = std::move(r);
  }
  void operator()(const request_error& e) const { out.answer = e.error(); }
  void operator()(const session_error& e) const {
    out.answer = call_tool_result::error(unanswered(e));
    out.for_log = "tool " + quoted_for_log(tool) + " failed: " + e.what();
  }
  void operator()(const peer_error& e) const { out.answer = call_tool_result::error(refused(e)); }
  void operator()(const not_found_error& e) const {
    out.answer = call_tool_result::error(e.what());
  }
  void operator()(const timeout_error& e) const {
    out.answer = call_tool_result::error("The tool took longer than its time limit.");
    out.for_log = "tool " + quoted_for_log(tool) + " ran into a time limit: " + e.what();
  }
  // S-MOD-05; the legacy era has no code for it
  void operator()(const capability_missing_error& e) const {
    if (rules.era == protocol::era::legacy)
      out.answer = call_tool_result::error(missing(e));
    else
      out.answer = protocol::missing_client_capability(e.required());
  }
  void operator()(const std::exception_ptr& e) const {
    out.answer = call_tool_result::error("The tool failed because of an internal error.");
    out.for_log = log_line("tool " + quoted_for_log(tool), e);
  }
};

class other_judge {
 public:
  other_failure& out;
  std::string_view what;
  std::string_view uri;
  const protocol::rules& rules;

  void operator()(const tool_error& e) const {
    out.answer = jsonrpc::error_object(jsonrpc::error_code::internal_error, e.what());
  }
  void operator()(const request_error& e) const { out.answer = e.error(); }
  void operator()(const session_error& e) const {
    out.answer = jsonrpc::error_object(jsonrpc::error_code::internal_error, unanswered(e));
    out.for_log = std::string(what) + " failed: " + e.what();
  }
  void operator()(const peer_error& e) const {
    out.answer = jsonrpc::error_object(jsonrpc::error_code::internal_error, refused(e));
  }
  // S-RES-01, S-RES-02
  void operator()(const not_found_error& e) const {
    if (uri.empty()) {
      out.answer = protocol::invalid_params(e.what());
    } else {
      out.answer = protocol::resource_not_found(uri, rules);
      out.answer.message = e.what();
    }
  }
  void operator()(const timeout_error& e) const {
    out.answer = jsonrpc::error_object(jsonrpc::error_code::internal_error,
                                       "This took longer than its time limit");
    out.for_log = std::string(what) + " ran into a time limit: " + e.what();
  }
  void operator()(const capability_missing_error& e) const {
    if (rules.era == protocol::era::legacy)
      out.answer = protocol::invalid_params(missing(e));
    else
      out.answer = protocol::missing_client_capability(e.required());
  }
  void operator()(const std::exception_ptr& e) const {
    out.answer = jsonrpc::error_object(jsonrpc::error_code::internal_error, "Internal error");
    out.for_log = log_line(what, e);
  }
};

}  // namespace

tool_failure judge_tool_failure(const std::exception_ptr& failure,
                                std::string_view tool,
                                const protocol::rules& r) {
  tool_failure out;
  visit_failure(failure, tool_judge{out, tool, r});
  return out;
}

other_failure judge_failure(const std::exception_ptr& failure,
                            std::string_view what,
                            std::string_view uri,
                            const protocol::rules& r) {
  other_failure out;
  visit_failure(failure, other_judge{out, what, uri, r});
  return out;
}

}  // namespace comcp::detail
