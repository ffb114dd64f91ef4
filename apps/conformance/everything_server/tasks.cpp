// Tools that run as tasks: the client gets a task at once, and the result when it comes for it.

#include "comcp/tasks/tasks.hpp"

#include <algorithm>
#include <boost/describe/class.hpp>
#include <chrono>
#include <string>

#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "everything.hpp"

namespace everything {

namespace {

using namespace comcp;

struct greet_args {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(greet_args, (), (name))

struct compute_args {
  double seconds = 1;
  std::optional<std::string> label;
};
BOOST_DESCRIBE_STRUCT(compute_args, (), (seconds, label))

struct delete_args {
  std::string filename;
};
BOOST_DESCRIBE_STRUCT(delete_args, (), (filename))

struct sure_form {
  bool confirm = false;
};
BOOST_DESCRIBE_STRUCT(sure_form, (), (confirm))

struct user_form {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(user_form, (), (name))

call_options named(const char* key) {
  return call_options().key(key);
}

awaitable<std::string> greet(greet_args args) {
  co_return "Hello, " + args.name + "!";
}

awaitable<std::string> slow_compute(compute_args args) {
  const double wanted = std::clamp(args.seconds, 0.0, 60.0);
  co_await sleep(std::chrono::milliseconds(static_cast<int>(wanted * 1000)));
  co_return "Computed " + args.label.value_or("nothing in particular");
}

awaitable<std::string> failing_job() {
  co_await sleep(std::chrono::seconds(1));
  throw tool_error("This job always fails");
}

awaitable<std::string> protocol_error_job() {
  co_await sleep(std::chrono::milliseconds(100));
  throw request_error(
      jsonrpc::error_object(jsonrpc::error_code::internal_error, "This job ends with an error"));
}

awaitable<std::string> confirm_delete(delete_args args, request_context& context) {
  const auto answer =
      co_await context.elicit<sure_form>("Delete " + args.filename + "?", named("confirm"));
  co_return answer && answer->confirm ? "Deleted " + args.filename : "Kept " + args.filename;
}

awaitable<std::string> multi_input(request_context& context) {
  std::string name = "Somebody";
  bool sure = false;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    group.start_soon([&]() -> awaitable<void> {
      const auto who = co_await context.elicit<user_form>("What is your name?", named("name"));
      if (who) name = who->name;
    });
    group.start_soon([&]() -> awaitable<void> {
      const auto answer = co_await context.elicit<sure_form>("Are you sure?", named("confirm"));
      if (answer) sure = answer->confirm;
    });
    co_return;
  });
  co_return name + (sure ? " is sure" : " is not sure");
}

// Asks while its caller waits, then goes on as a task.
awaitable<std::string> ask_then_work(request_context& context) {
  const auto who = co_await context.elicit<user_form>("What is your name?", named("user_name"));
  context.continue_as_task();
  co_await sleep(std::chrono::milliseconds(100));
  co_return "Hello, " + (who ? who->name : "stranger") + "!";
}

}  // namespace

void add_tasks(server& server) {
  server.extend(tasks::make(
      tasks_options().ttl(std::chrono::minutes(1)).poll_interval(std::chrono::milliseconds(100))));
  const auto optional = tool_options().task(task_support::optional);
  const auto required = tool_options().task(task_support::required);
  server.tool("greet", "Answers at once", greet)
      .tool("slow_compute", "Takes its time", slow_compute, optional)
      .tool("failing_job", "Fails after a while", failing_job, required)
      .tool("protocol_error_job", "Ends with a JSON-RPC error", protocol_error_job, optional)
      .tool("confirm_delete", "Asks in the middle of its work", confirm_delete, optional)
      .tool("multi_input", "Asks two things at once", multi_input, optional)
      .tool("test_tool_with_task", "Asks, then becomes a task", ask_then_work,
            tool_options().task(task_support::optional, task_start::by_handler));
}

}  // namespace everything
