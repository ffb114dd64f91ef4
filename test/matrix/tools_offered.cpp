// Tools of the servers: results, failures, progress, logs, changes, and what runs at the moment.

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/session/session.hpp"
#include "matrix/servers.hpp"

namespace test::matrix {

namespace {

using protocol::logging_level;

struct echo_args {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(echo_args, (), (text))

struct measured {
  std::string name;
  int count = 0;
};
BOOST_DESCRIBE_STRUCT(measured, (), (name, count))

enum class unit { metre, foot };
BOOST_DESCRIBE_ENUM(unit, metre, foot)

struct order_args {
  measured what;
  unit in = unit::metre;
  std::optional<double> at_most;
  std::vector<std::string> labels;
};
BOOST_DESCRIBE_STRUCT(order_args, (), (what, in, at_most, labels))

[[maybe_unused]] void annotate(json::notes<order_args>& about) {
  about(&order_args::at_most).minimum(0);
}

struct uri_args {
  std::string uri;
};
BOOST_DESCRIBE_STRUCT(uri_args, (), (uri))

struct name_args {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(name_args, (), (name))

awaitable<std::string> echo(echo_args args) {
  co_return args.text;
}

awaitable<content_block> link() {
  protocol::resource_link to("test://static-text", "Static Text Resource");
  to.mime_type = "text/plain";
  co_return content_block(std::move(to));
}

awaitable<measured> measure(name_args args) {
  measured m;
  m.name = std::move(args.name);
  m.count = 3;
  co_return m;
}

awaitable<call_tool_result> measure_wrongly(request_context&) {
  co_return call_tool_result::structured(json::parse(R"({"name":7})"));
}
awaitable<std::string> measure_nothing() {
  co_return "no structure";
}
awaitable<call_tool_result> measure_and_fail() {
  co_return call_tool_result::error("there is nothing to measure");
}

json::object schema_of_measured() {
  return json::parse(R"({"type":"object","properties":{"name":{"type":"string"}},
                         "required":["name"],"additionalProperties":false})")
      .as_object();
}

awaitable<std::string> order(order_args args) {
  co_return args.what.name + (args.in == unit::foot ? " in feet" : " in metres") + ", " +
      std::to_string(args.labels.size()) + " labels";
}

awaitable<json::value> who_am_i(request_context& context) {
  json::object o;
  if (const auto* info = context.client_info()) o["name"] = info->name;
  o["capabilities"] = context.client_capabilities().verbatim;
  o["id"] = context.id().to_json();
  o["method"] = context.method();
  o["revision"] = context.rules().name;
  co_return json::value(std::move(o));
}

awaitable<call_tool_result> meta(request_context& context) {
  call_tool_result r = call_tool_result::text(jsonrpc::to_text(context.meta().verbatim));
  r.meta["example.org/answer"] = 42;
  co_return r;
}

awaitable<std::string> throws() {
  throw std::runtime_error("password=hunter2");
  co_return "";
}

/// Two values that don't grow are not sent.
awaitable<std::string> steps(request_context& context) {
  co_await context.report_progress(1, 4, "one");
  co_await context.report_progress(2, 4, "two");
  co_await context.report_progress(2, 4, "two again");
  co_await context.report_progress(1, 4, "back");
  co_await context.report_progress(4, 4, "done");
  co_return "stepped";
}

awaitable<std::string> logs(request_context& context) {
  for (const auto level : {logging_level::debug, logging_level::info, logging_level::notice,
                           logging_level::warning, logging_level::error, logging_level::critical,
                           logging_level::alert, logging_level::emergency}) {
    json::object data;
    data["level"] = static_cast<int>(level);
    co_await context.log(level, std::move(data), "matrix");
  }
  co_return "logged";
}

/// What runs, and who waits for whom, under a name that a scenario chose.
class activity {
 public:
  int running = 0;
  int unwound = 0;
  int meeting = 0;
  event met;
};
using activities = std::map<std::string, activity>;

awaitable<std::string> wait_for_ever(activity& now, request_context& context) {
  class guard {
   public:
    explicit guard(activity& a) : now_(a) { ++now_.running; }
    ~guard() {
      --now_.running;
      ++now_.unwound;
    }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

   private:
    activity& now_;
  } const here(now);
  co_await context.report_progress(1);
  co_await sleep_forever();
  co_return "";
}

awaitable<std::string> meet(activity& now) {
  if (++now.meeting == 2) now.met.set();
  co_await now.met.wait();
  co_return "met";
}

void add_activity(server& s) {
  const auto all = std::make_shared<activities>();
  s.tool("wait", "Runs until it is cancelled",
         [all](name_args args, request_context& context) {
           return wait_for_ever((*all)[args.name], context);
         })
      .tool("meet", "Waits for a second call",
            [all](name_args args) { return meet((*all)[args.name]); })
      .tool("activity", "Says what runs", [all](name_args args) -> awaitable<std::string> {
        const activity& now = (*all)[args.name];
        co_return std::to_string(now.running) + " running, " + std::to_string(now.unwound) +
            " cancelled";
      });
}

awaitable<std::string> welcome() {
  co_return "welcome";
}

void add_changes(server& s) {
  s.tool("touch", "Says that a resource has changed",
         [&s](uri_args args) -> awaitable<std::string> {
           s.resource_updated(args.uri);
           co_return "touched";
         })
      .tool("add", "Adds a tool, a prompt and a resource of a name",
            [&s](name_args args) -> awaitable<std::string> {
              s.tool(args.name, "New", welcome);
              s.prompt(args.name, "New", welcome);
              s.resource("new:" + args.name, args.name, welcome);
              co_return "added";
            })
      .tool("remove", "Removes what was added", [&s](name_args args) -> awaitable<std::string> {
        s.remove_tool(args.name);
        s.remove_prompt(args.name);
        s.remove_resource("new:" + args.name);
        co_return "removed";
      });
}

}  // namespace

void add_tools(server& s) {
  const auto harmless = tool_options().read_only().open_world(false);
  protocol::icon picture;
  picture.src = "https://example.org/icon.png";
  s.tool("echo", "Says it again", echo,
         tool_options(harmless).title("Echo").idempotent().icon(picture).meta("example.org/team",
                                                                              "matrix"))
      .tool("link", "Links a resource", link, harmless)
      .tool("measure", "Returns a structure", measure, harmless)
      .tool("measure_wrongly", "Breaks its own schema", measure_wrongly,
            tool_options(harmless).output_schema(schema_of_measured()))
      .tool("measure_nothing", "Has a schema and no structure", measure_nothing,
            tool_options(harmless).output_schema(schema_of_measured()))
      .tool("measure_and_fail", "Has a schema and fails", measure_and_fail,
            tool_options(harmless).output_schema(schema_of_measured()))
      .tool("order", "Takes nested arguments", order, harmless)
      .tool("who_am_i", "Says what it knows of its caller", who_am_i, harmless)
      .tool("meta", "Says what _meta came, and returns one", meta, harmless)
      .tool("throws", "Throws", throws, harmless)
      .tool("steps", "Reports progress", steps, harmless)
      .tool("logs", "Logs on every level", logs, harmless);
  add_activity(s);
  add_changes(s);
}

}  // namespace test::matrix
