// The methods of tasks, of both designs.

#include "comcp/tasks/tasks.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>
#include <vector>

#include "comcp/protocol/errors.hpp"
#include "comcp/scope/run_on.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/with_scope.hpp"
#include "comcp/server/server.hpp"
#include "comcp/session/errors.hpp"
#include "comcp/session/session.hpp"
#include "server/cursor.hpp"
#include "tasks/running_task.hpp"
#include "tasks/task_engine.hpp"
#include "tasks/task_wire.hpp"

namespace comcp {

namespace detail {
namespace {

// How often a task that runs in another process is asked for.
constexpr auto look_again = std::chrono::seconds(1);

using engine_ptr = std::shared_ptr<task_engine>;

[[noreturn]] void refuse(int code, std::string why) {
  throw request_error(jsonrpc::error_object(code, std::move(why)));
}

json::object result_of(call_outcome outcome) {
  if (outcome.error) throw request_error(std::move(*outcome.error));
  return std::move(outcome.result);
}

// A conversation in which nobody can come back has no tasks.
bool has_tasks(const request_context& context) {
  if (!context.rules().tasks_in_core) return context.rules().extensions;
  const session* const s = context.conversation();
  return s != nullptr && !s->options().sessionless();
}

void need_tasks(const request_context& context) {
  if (!has_tasks(context))
    refuse(jsonrpc::error_code::method_not_found,
           "Tasks need a session, and this server keeps none");
}

awaitable<json::object> get(engine_ptr engine, json::object params, request_context& context) {
  need_tasks(context);
  auto finding = engine->known(read_task_id(params), context);
  const task_record task = co_await std::move(finding);
  const protocol::rules& r = context.rules();
  co_return r.tasks_in_core ? encode_task(task, r) : encode_detailed(task, r);
}

awaitable<json::object> list(engine_ptr engine, json::object params, request_context& context) {
  need_tasks(context);
  std::string behind;
  if (const json::value* cursor = params.if_contains("cursor")) {
    const auto place = cursor->is_string()
                           ? read_cursor(task_method::list, std::string(cursor->get_string()))
                           : std::nullopt;
    if (!place)
      refuse(jsonrpc::error_code::invalid_params,
             "/cursor is not one of this list: begin without a cursor");
    behind = *place;
  }
  // One more is asked for, to know whether there is a next page.
  const std::size_t size =
      std::min(engine->options.page_size(), std::numeric_limits<std::size_t>::max() - 1);
  auto listing = engine->store->list(engine->owner_of(context), std::move(behind), size + 1);
  std::vector<task_record> page = co_await std::move(listing);
  json::object result;
  if (page.size() > size) {
    page.pop_back();
    result["nextCursor"] = make_cursor(task_method::list, page.back().place());
  }
  json::array tasks;
  for (const task_record& t : page)
    tasks.push_back(encode_task(t, context.rules()));
  result["tasks"] = std::move(tasks);
  co_return result;
}

awaitable<json::object> cancel(engine_ptr engine, json::object params, request_context& context) {
  need_tasks(context);
  const bool legacy = context.rules().tasks_in_core;
  std::string id = read_task_id(params);
  auto finding = engine->known(id, context);
  task_record task = co_await std::move(finding);
  bool was_over = false;
  const auto end = [&](task_record& t) {
    was_over = t.over();
    if (was_over) return false;
    t.status = task_record::stage::cancelled;
    t.input_requests.clear();
    t.updated = engine->options.now();
    return true;
  };
  auto changing = engine->store->update(id, end);
  if (auto now = co_await std::move(changing)) task = std::move(*now);
  if (was_over && legacy)  // S-TASK-03
    refuse(jsonrpc::error_code::invalid_params,
           "the task \"" + id + "\" is over, it can't be cancelled any more");
  if (!was_over) {
    engine->changed(task);
    if (const auto here = engine->local(id)) here->cancel();
  }
  json::object ack;
  co_return legacy ? encode_task(task, context.rules()) : ack;  // S-TASK-17
}

awaitable<json::object> update(engine_ptr engine, json::object params, request_context& context) {
  auto finding = engine->known(read_task_id(params), context);
  const task_record task = co_await std::move(finding);
  json::value* const came = params.if_contains("inputResponses");
  if (!came || !came->is_object())
    refuse(jsonrpc::error_code::invalid_params, "/inputResponses must be an object");
  const auto here = engine->local(task.id);
  if (!here) co_return json::object();  // over, or it runs elsewhere: nobody waits for them
  auto answer = [here, &came]() -> awaitable<std::optional<std::string>> {
    auto wrong = here->complaint(came->get_object());
    if (!wrong) {
      auto taking = here->take(std::move(came->get_object()));
      co_await std::move(taking);
    }
    co_return wrong;
  };
  auto answering =
      &here->home() == &this_shard() ? answer() : run_on(here->home(), answer, "answers");
  const std::optional<std::string> wrong = co_await std::move(answering);
  if (wrong) refuse(jsonrpc::error_code::invalid_params, *wrong);
  co_return json::object();
}

// S-TASK-02
awaitable<json::object> result(engine_ptr engine, json::object params, request_context& context) {
  need_tasks(context);
  std::string id = read_task_id(params);
  waiters::waiter changes(engine->waiters, id);
  auto finding = engine->known(id, context);
  task_record task = co_await std::move(finding);
  context.leave_limits();
  const auto here = engine->local(id);
  const auto over = [&]() -> awaitable<bool> {
    const bool has_ended = here && here->has_ended();
    auto again = engine->known(id, context);
    task = co_await std::move(again);
    if (has_ended && !task.over())
      detail::refuse(jsonrpc::error_code::internal_error,
                     "The task \"" + id + "\" has ended, and its store has lost how");
    co_return task.over();
  };
  if (here) {
    auto handing = hand_on(here, changes, context, over);
    co_await std::move(handing);
  } else {
    while (!task.over()) {  // it runs in another process: what wakes us there is the clock
      auto waiting = move_on_after(look_again, [&] { return changes.wait(); });
      co_await std::move(waiting);
      auto asking = over();
      co_await std::move(asking);
    }
  }
  if (here) engine->heard_out(*here);
  if (task.status == task_record::stage::failed) throw request_error(task.error);
  if (task.status == task_record::stage::cancelled)
    refuse(jsonrpc::error_code::invalid_params, "the task \"" + id + "\" was cancelled");
  relate(task.result, id);
  co_return std::move(task.result);
}

using method = awaitable<json::object> (*)(engine_ptr, json::object, request_context&);

extension_method method_for(std::string_view name, const engine_ptr& engine, method m) {
  return {std::string(name), [engine, m](json::object params, request_context& context) {
            return m(engine, std::move(params), context);
          }};
}

bool only_core(const protocol::rules& r) {
  return r.tasks_in_core;
}
bool only_extension(const protocol::rules& r) {
  return r.extensions;
}
bool both(const protocol::rules& r) {
  return r.tasks_in_core || r.extensions;
}

}  // namespace
}  // namespace detail

std::shared_ptr<tasks> tasks::make(tasks_options options) {
  return std::make_shared<tasks>(std::move(options));
}

tasks::tasks(tasks_options options)
    : extension(std::string(detail::tasks_extension)),
      engine_(std::make_shared<detail::task_engine>(std::move(options))) {
  namespace d = detail;
  add(d::method_for(d::task_method::get, engine_, d::get).name_param("taskId").exists(d::both));
  add(d::method_for(d::task_method::cancel, engine_, d::cancel)
          .name_param("taskId")
          .exists(d::both));
  add(d::method_for(d::task_method::update, engine_, d::update)
          .name_param("taskId")
          .exists(d::only_extension));
  // S-TASK-18
  add(d::method_for(d::task_method::result, engine_, d::result).exists(d::only_core));
  add(d::method_for(d::task_method::list, engine_, d::list).exists(d::only_core));
}

tasks::~tasks() = default;

std::size_t tasks::running() const noexcept {
  return engine_->running();
}

void tasks::attached(server& to) {
  engine_->attach(to.change_bus());
  to.on_session_end([engine = engine_](session& s) { engine->session_ended(s); });
  to.on_stop([engine = engine_] { return engine->stop(); });
}

void tasks::describe(protocol::server_capabilities& offered, const protocol::rules& r) const {
  offered.tasks = offered.tools;
  extension::describe(offered, r);
}

// S-TASK-04, S-TASK-05, S-TASK-11
bool tasks::takes(const tool_call& call, const request_context& context) {
  const task_support support = call.tool().task_support;
  if (!detail::has_tasks(context)) return false;
  if (!context.rules().tasks_in_core) {
    if (support == task_support::required) need_declaration(context);
    return support != task_support::forbidden && declared_by(context);
  }
  const bool asked = call.params().contains("task");
  if (asked && support == task_support::forbidden)
    detail::refuse(jsonrpc::error_code::method_not_found,
                   "the tool \"" + call.tool().name + "\" does not run as a task");
  if (!asked && support == task_support::required)
    detail::refuse(jsonrpc::error_code::method_not_found,
                   "the tool \"" + call.tool().name + "\" runs as a task only");
  return asked;
}

awaitable<json::object> tasks::answer(tool_call call, request_context& context) {
  const bool legacy = context.rules().tasks_in_core;
  if (!legacy && call.start() == task_start::by_handler) {
    auto running = call.run_until_detached(context);
    std::optional<call_outcome> outcome = co_await std::move(running);
    if (outcome) co_return detail::result_of(std::move(*outcome));
  }
  const auto ttl = legacy ? detail::read_ttl(call.params()) : std::nullopt;
  const task_record task = engine_->new_record(context, ttl);
  auto place = engine_->try_enter();
  bool kept = false;
  if (place) {
    auto adding = engine_->store->add(task);
    kept = co_await std::move(adding);
  }
  if (!kept) {
    if (legacy || call.tool().task_support == task_support::required)
      detail::refuse(jsonrpc::error_code::internal_error,
                     "The server has too many tasks, try again later");
    auto running = call.run(context);
    call_outcome outcome = co_await std::move(running);
    co_return detail::result_of(std::move(outcome));
  }
  const auto started = std::make_shared<detail::running_task>(engine_, std::move(place), task,
                                                              std::move(call), context);
  engine_->started(started);
  try {
    started->start();
  } catch (...) {  // no memory; the record goes with its lifetime
    started->left();
    throw;
  }
  co_return detail::encode_created(task, context.rules());
}

awaitable<void> tasks::on_listen(listen_wish& wish, request_context& context) {
  const json::value* ids = wish.wanted().if_contains("taskIds");
  if (!ids) co_return;
  need_declaration(context);  // S-TASK-19
  const json::array* list = ids->if_array();
  const std::size_t most = engine_->options.max_listened();
  if (!list || list->size() > most)
    detail::refuse(
        jsonrpc::error_code::invalid_params,
        "/notifications/taskIds must be an array of up to " + std::to_string(most) + " task ids");
  json::array granted;
  for (const json::value& id : *list) {
    if (!id.is_string())
      detail::refuse(jsonrpc::error_code::invalid_params,
                     "/notifications/taskIds must be an array of task ids");
    auto finding = engine_->store->find(std::string(id.get_string()));
    const auto found = co_await std::move(finding);
    if (!found || found->owner != engine_->owner_of(context)) continue;
    granted.push_back(id);
    wish.topic(this->id() + '/' + found->id);
  }
  if (!granted.empty()) wish.grant("taskIds", std::move(granted));
}

}  // namespace comcp
