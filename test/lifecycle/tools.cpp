#include "lifecycle/tools.hpp"

#include <boost/describe/class.hpp>

#include <chrono>
#include <stdexcept>
#include <string>

#include "comcp/scope/sleep.hpp"
#include "comcp/scope/task_group.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/session/ask.hpp"

namespace lifecycle {

namespace {

using namespace comcp;
using std::chrono::milliseconds;

struct text_args {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(text_args, (), (text))
struct time_args {
  int ms = 0;
};
BOOST_DESCRIBE_STRUCT(time_args, (), (ms))
struct steps_args {
  int n = 0;
  int ms = 0;
};
BOOST_DESCRIBE_STRUCT(steps_args, (), (n, ms))
struct how_args {
  std::string how;
};
BOOST_DESCRIBE_STRUCT(how_args, (), (how))
struct size_args {
  int bytes = 0;
};
BOOST_DESCRIBE_STRUCT(size_args, (), (bytes))
struct name_form {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(name_form, (), (name))

/// Counts how a handler ends.
class run {
 public:
  explicit run(tool_counts& c) : counts_(c) { ++counts_.started; }
  ~run() {
    if (!done_) ++counts_.unwound;
  }
  run(const run&) = delete;
  run& operator=(const run&) = delete;
  void done() {
    done_ = true;
    ++counts_.completed;
  }

 private:
  tool_counts& counts_;
  bool done_ = false;
};

awaitable<std::string> ask(time_args a, request_context& ctx) {
  const auto who =
      co_await ctx.elicit<name_form>("Who?", call_options().timeout(milliseconds(a.ms)));
  co_return who ? who->name : "nobody";
}

}  // namespace

void add_detached_tools(server& s, tool_counts& counts) {
  auto later = [&counts](time_args a) -> awaitable<std::string> {
    run here(counts);
    co_await sleep(milliseconds(a.ms));
    here.done();
    co_return "done";
  };
  s.tool("later", "", later, tool_options().task(task_support::optional));
  s.tool("ask_later", "", ask, tool_options().task(task_support::optional));
  s.tool("ask_parked", "", ask, tool_options().parked());
}

void add_tools(server& s, tool_counts& counts) {
  s.tool("echo", "", [](text_args a) -> awaitable<std::string> { co_return a.text; });
  s.tool("nap", "", [&counts](time_args a) -> awaitable<std::string> {
    run here(counts);
    co_await sleep(milliseconds(a.ms));
    here.done();
    co_return "rested";
  });
  s.tool("steps", "", [&counts](steps_args a, request_context& ctx) -> awaitable<std::string> {
    run here(counts);
    for (int i = 1; i <= a.n; ++i) {
      if (co_await ctx.report_progress(i, a.n) == send_status::closed) ++counts.send_closed;
      co_await sleep(milliseconds(a.ms));
    }
    here.done();
    co_return "walked";
  });
  s.tool("stubborn", "", [&counts](time_args a) -> awaitable<std::string> {
    run here(counts);
    auto work = [] { return sleep(std::chrono::minutes(10)); };
    auto roll_back = [&]() -> awaitable<void> {
      co_await sleep(milliseconds(a.ms));
      ++counts.rolled_back;
    };
    co_await with_cleanup(std::ref(work), std::ref(roll_back), std::chrono::seconds(5));
    here.done();
    co_return "never";
  });
  s.tool("bad", "", [](how_args a) -> awaitable<std::string> {
    if (a.how == "int") throw 42;
    if (a.how == "secret") throw std::runtime_error("password=hunter2");
    throw std::logic_error("bad");
    co_return "";
  });
  s.tool("ask", "", ask);
  s.tool("crowd", "", [&counts](time_args a) -> awaitable<std::string> {
    run here(counts);
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      for (int i = 0; i < 3; ++i)
        group.start_soon([&counts, ms = a.ms]() -> awaitable<void> {
          run child(counts);
          co_await sleep(milliseconds(ms));
          child.done();
        });
      co_return;
    });
    here.done();
    co_return "gone";
  });
  s.tool("race", "", [&counts](time_args a, request_context& ctx) -> awaitable<std::string> {
    run here(counts);
    co_await with_task_group([&](task_group& group) -> awaitable<void> {
      group.start_soon([&]() -> awaitable<void> {
        for (int i = 1;; ++i) {
          co_await ctx.report_progress(i);
          co_await checkpoint();
        }
      });
      co_await sleep(milliseconds(a.ms));
      group.cancel("done");
    });
    here.done();
    co_return "raced";
  });
  s.tool("big", "", [](size_args a) -> awaitable<std::string> {
    co_return std::string(static_cast<std::size_t>(a.bytes), 'x');
  });
}

}  // namespace lifecycle
