#ifndef COMCP_TEST_TASKS_EXTENSION_HPP
#define COMCP_TEST_TASKS_EXTENSION_HPP

// Clients of the extension io.modelcontextprotocol/tasks, and a tool that asks them.

#include <boost/describe/class.hpp>

#include "tasks/support.hpp"

namespace test {

struct named_form {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(named_form, (), (name))

inline awaitable<std::string> ask_name(request_context& ctx) {
  const auto who = co_await ctx.elicit<named_form>("Who are you?");
  co_return who ? "Hello, " + who->name : "nobody";
}

inline json::object answers_for(std::string_view id, std::string_view responses) {
  json::object params = task(id);
  params["inputResponses"] = parsed(responses);
  return params;
}

/// Whatever the method: an empty acknowledgement. S-TASK-17
inline void check_ack(const json::value& answer) {
  json::object rest = result_of(answer);
  rest.erase("_meta");
  BOOST_TEST(rest == obj(R"({"resultType":"complete"})"));
}

inline awaitable<void> with_tasks_client(server& s,
                                         std::function<awaitable<void>(client&)> scenario) {
  return with_client(s, modern, std::move(scenario), declaring_tasks());
}

}  // namespace test

#endif
