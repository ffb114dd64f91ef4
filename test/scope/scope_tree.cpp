// The tree, the heap and the lists without Asio: who is told what, and when.

#include "comcp/scope/detail/scope_tree.hpp"

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>
#include <vector>

using namespace comcp;
using namespace comcp::detail;
using namespace std::chrono_literals;

namespace {

struct recording_host final : tree_host {
  void request_turn() noexcept override { ++turns; }
  void deadline_added(time_point due) noexcept override { last_due = due; }
  std::shared_ptr<mailbox> mail() const noexcept override { return nullptr; }
  int turns = 0;
  time_point last_due{};
};

struct recording_task final : task_node {
  explicit recording_task(std::string n) {
    name = std::move(n);
    started = true;
  }
  void deliver() noexcept override {
    log += '+';
    if (on_deliver) on_deliver();
  }
  void clear() noexcept override { log += '-'; }
  std::string log;
  std::function<void()> on_deliver;
};

struct fixture {
  manual_clock clock;
  recording_host host;
  scope_tree tree{clock, host};
  recording_task task{"t"};
  fixture() { tree.add(task, tree.root()); }
  ~fixture() { tree.remove(task); }
};

struct node final : timer_node {
  explicit node(std::vector<int>& l, int i) : log{l}, id{i} {}
  void on_due() noexcept override { log.push_back(id); }
  std::vector<int>& log;
  int id;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(scope_tree_core, fixture)

BOOST_AUTO_TEST_CASE(cancel_delivers_once_and_leave_clears) {
  cancel_scope& s = tree.enter(task, {});
  tree.begin(task);
  s.cancel("a");
  s.cancel("b");
  BOOST_TEST(task.log == "+");
  BOOST_TEST(scope_tree::absorbs(s));
  tree.leave(s);
  BOOST_TEST(task.log == "+-");
  BOOST_TEST(&tree.root() == task.scope());
}

BOOST_AUTO_TEST_CASE(cancel_skips_shields_and_reaches_the_rest) {
  recording_task other{"o"};
  cancel_scope& outer = tree.enter(task, {});
  tree.add(other, outer);
  tree.enter(task, scope_options().shield());
  cancel_scope& innermost = tree.enter(task, {});
  outer.cancel();
  BOOST_TEST(task.log == "");
  BOOST_TEST(other.log == "+");
  BOOST_TEST(!innermost.effectively_cancelled());
  tree.leave(innermost);
  tree.leave(*task.scope());
  BOOST_TEST(task.log == "+");  // the shield is gone
  tree.remove(other);
  tree.leave(outer);
  BOOST_TEST(task.log == "+-");
}

BOOST_AUTO_TEST_CASE(a_scope_entered_when_cancelled_delivers_in_the_next_turn) {
  cancel_scope& outer = tree.enter(task, {});
  outer.cancel();
  cancel_scope& inner = tree.enter(task, {});
  BOOST_TEST(task.log == "+-");
  tree.begin(task);
  BOOST_TEST(host.turns == 1);
  BOOST_TEST(task.log == "+-");
  tree.turn();
  BOOST_TEST(task.log == "+-+");
  BOOST_TEST(!scope_tree::absorbs(inner));
  tree.leave(inner);
  BOOST_TEST(task.log == "+-+");
  tree.leave(outer);
  BOOST_TEST(task.log == "+-+-");
}

BOOST_AUTO_TEST_CASE(a_deadline_fires_and_is_gone_after_cancel) {
  cancel_scope& s = tree.enter(task, scope_options().after(5s));
  BOOST_TEST((host.last_due == clock.now() + 5s));
  BOOST_TEST((tree.next_deadline() == clock.now() + 5s));
  clock.advance(4s);
  BOOST_TEST(tree.fire_due() == 0u);
  clock.advance(1s);
  BOOST_TEST(tree.fire_due() == 1u);
  BOOST_TEST((s.why() == cancel_scope::cause::deadline));
  BOOST_TEST(task.log == "+");
  tree.leave(s);

  cancel_scope& second = tree.enter(task, scope_options().after(5s));
  second.cancel();
  BOOST_TEST((tree.next_deadline() == time_point::max()));
  tree.leave(second);
}

BOOST_AUTO_TEST_CASE(a_delivery_may_cancel_other_scopes) {
  recording_task a{"a"};
  recording_task b{"b"};
  cancel_scope& one = tree.open(tree.root(), {});
  cancel_scope& two = tree.open(tree.root(), {});
  tree.add(a, one);
  tree.add(b, two);
  a.on_deliver = [&] { two.cancel(); };
  b.on_deliver = [&] { one.cancel(); };
  one.cancel();
  BOOST_TEST(a.log == "+");
  BOOST_TEST(b.log == "+");
  tree.remove(a);
  tree.remove(b);
  tree.leave(one);
  tree.leave(two);
}

BOOST_AUTO_TEST_CASE(a_delivery_may_end_other_tasks) {
  recording_task a{"a"};
  recording_task b{"b"};
  cancel_scope& s = tree.open(tree.root(), {});
  tree.add(a, s);
  tree.add(b, s);
  a.on_deliver = [&] { tree.remove(b); };
  s.cancel();
  BOOST_TEST(b.log == "");
  tree.remove(a);
  tree.leave(s);
}

BOOST_AUTO_TEST_CASE(the_error_is_one_object_and_names_the_nearest_reason) {
  cancel_scope& outer = tree.enter(task, {});
  cancel_scope& inner = tree.enter(task, {});
  outer.cancel("outer reason");
  const std::exception_ptr first = scope_tree::error_of(inner);
  BOOST_TEST((first == scope_tree::error_of(outer)));
  inner.cancel("inner reason");
  BOOST_TEST((first != scope_tree::error_of(inner)));
  tree.leave(inner);
  tree.leave(outer);
}

BOOST_AUTO_TEST_CASE(scopes_left_in_the_wrong_order_hand_down_what_is_inside) {
  cancel_scope& outer = tree.enter(task, {});
  cancel_scope& inner = tree.enter(task, {});
  outer.cancel();
  BOOST_TEST(task.log == "+");
  tree.leave(outer);
  BOOST_TEST(task.scope() == &inner);
  BOOST_TEST(task.log == "+-");
  BOOST_TEST(!inner.effectively_cancelled());
  tree.leave(inner);
  BOOST_TEST(tree.scope_count() == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_is_delivered_before_the_task_has_started) {
  recording_task late{"late"};
  late.started = false;
  cancel_scope& s = tree.open(tree.root(), {});
  tree.add(late, s);
  s.cancel();
  BOOST_TEST(late.log == "");
  late.started = true;
  tree.begin(late);
  tree.turn();
  BOOST_TEST(late.log == "+");
  tree.remove(late);
  tree.leave(s);
}

BOOST_AUTO_TEST_CASE(the_dump_shows_state_deadline_and_what_tasks_wait_for) {
  cancel_scope& s = tree.enter(task, scope_options().name("request 7").after(30s).shield());
  task.waiting_for = "a lock";
  task.since = clock.now();
  clock.advance(2s);
  BOOST_TEST(tree.dump() ==
             "scope \"root\", age 2s\n"
             "  scope \"request 7\", age 2s, deadline in 28s, shielded\n"
             "    task #0 \"t\", age 2s, waits for a lock since 2s\n");
  s.cancel("the peer is gone");
  BOOST_TEST(tree.dump().find("cancelled (the peer is gone)") != std::string::npos);
  tree.leave(s);
}

BOOST_AUTO_TEST_CASE(the_dump_is_also_json) {
  cancel_scope& outer = tree.enter(task, scope_options().name("request 7").after(30s).shield());
  cancel_scope& inner = tree.enter(task, scope_options());
  cancel_scope& beside = tree.open(tree.root(), scope_options().name("beside"));
  outer.cancel("gone");
  task.waiting_for = "a lock";
  task.since = clock.now();
  clock.advance(1500ms);
  BOOST_TEST(tree.dump_json(3) ==
             R"({"shard":3,"scopes":[)"
             R"({"id":0,"parent":null,"name":"root","age":1.500,"state":"open","shield":false,)"
             R"("deadline":null},)"
             R"({"id":1,"parent":0,"name":"request 7","age":1.500,"state":"cancelled",)"
             R"("shield":true,"deadline":28.500,"cause":"explicit","reason":"gone"},)"
             R"({"id":2,"parent":1,"name":"","age":1.500,"state":"cancelled_from_outside",)"
             R"("shield":false,"deadline":null},)"
             R"({"id":3,"parent":0,"name":"beside","age":1.500,"state":"open","shield":false,)"
             R"("deadline":null}],)"
             R"("tasks":[{"id":0,"scope":2,"name":"t","age":1.500,"state":"waiting",)"
             R"("waits_for":"a lock","waiting":1.500}]})");
  const std::string running = tree.dump_json(0, &task);
  BOOST_TEST(running.find(R"("state":"running"})") != std::string::npos, running);
  tree.leave(beside);
  tree.leave(inner);
  tree.leave(outer);
}

BOOST_AUTO_TEST_CASE(the_json_dump_is_valid_whatever_the_names_are) {
  const auto dumped = [&](std::string_view name) {
    cancel_scope& s = tree.enter(task, scope_options().name(name));
    const std::string all = tree.dump_json(0);
    tree.leave(s);
    const std::size_t begin = all.find("\"parent\":0,\"name\":") + 18;
    return all.substr(begin, all.find(",\"age\"", begin) - begin);
  };
  BOOST_TEST(dumped("a\"b\\c\n") == R"("a\u0022b\u005cc\u000a")");
  BOOST_TEST(dumped("h\xC3\xBC \xE2\x82\xAC \xF0\x9F\x98\x80") ==
             "\"h\xC3\xBC \xE2\x82\xAC \xF0\x9F\x98\x80\"");
  const std::string bad = "\xEF\xBF\xBD";
  BOOST_TEST(dumped("\xFFx") == "\"" + bad + "x\"");
  BOOST_TEST(dumped("\xC3") == "\"" + bad + "\"");                      // cut off
  BOOST_TEST(dumped("\xED\xA0\x80") == "\"" + bad + bad + bad + "\"");  // a surrogate
  BOOST_TEST(dumped("\xC0\xAF") == "\"" + bad + bad + "\"");            // overlong
}

BOOST_AUTO_TEST_CASE(a_task_is_where_its_innermost_scope_is) {
  recording_task other{"other"};
  cancel_scope& group = tree.enter(task, scope_options().name("group"));
  tree.add(other, group);
  cancel_scope& inner = tree.enter(other, scope_options().name("inner"));
  // Both tasks stand where they are, not where they began.
  const std::string dump = tree.dump();
  BOOST_TEST(dump.find("\"group\", age 0s\n    task #0 \"t\"") != std::string::npos, dump);
  BOOST_TEST(dump.find("\"inner\", age 0s\n      task #0 \"other\"") != std::string::npos, dump);
  inner.cancel();
  BOOST_TEST(task.log == "");
  BOOST_TEST(other.log == "+");
  tree.leave(inner);
  BOOST_TEST(other.log == "+-");
  group.cancel();
  BOOST_TEST(task.log == "+");
  BOOST_TEST(other.log == "+-+");
  tree.remove(other);
  tree.leave(group);
}

BOOST_AUTO_TEST_CASE(a_scope_is_as_new_when_its_memory_is_used_again) {
  for (int i = 0; i != 3; ++i) {
    cancel_scope& s = tree.enter(
        task, scope_options().name("a name that is longer than a small string").after(1s).shield());
    const remote_canceller remote = s.remote();
    s.cancel("a reason that is longer than a small string");
    (void)detail::scope_tree::error_of(s);
    tree.leave(s);
    cancel_scope& next = tree.enter(task, scope_options());
    BOOST_TEST(next.name() == "");
    BOOST_TEST(next.reason() == "");
    BOOST_TEST((next.why() == cancel_scope::cause::none));
    BOOST_TEST((next.deadline() == time_point::max()));
    BOOST_TEST(!next.shield());
    BOOST_TEST(!next.effectively_cancelled());
    BOOST_TEST((tree.next_deadline() == time_point::max()));
    BOOST_TEST(tree.scope_count() == 1u);
    tree.leave(next);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scope_deadline_heap)

BOOST_AUTO_TEST_CASE(equal_deadlines_fire_in_the_order_of_insertion) {
  std::vector<int> log;
  deadline_heap heap;
  std::vector<std::unique_ptr<node>> nodes;
  const time_point t{};
  for (int i = 0; i != 10; ++i) {
    nodes.push_back(std::make_unique<node>(log, i));
    heap.insert(*nodes.back(), t + (i % 2) * 1s);
  }
  BOOST_TEST(heap.fire(t + 5s) == 10u);
  BOOST_TEST(log == (std::vector<int>{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}),
             boost::test_tools::per_element());
  BOOST_TEST(heap.empty());
}

BOOST_AUTO_TEST_CASE(random_inserts_and_removes_keep_the_order) {
  std::mt19937 random{42};
  std::vector<int> log;
  deadline_heap heap;
  std::vector<std::unique_ptr<node>> nodes;
  std::vector<int> due(500);
  for (int i = 0; i != 500; ++i) {
    nodes.push_back(std::make_unique<node>(log, i));
    due[static_cast<std::size_t>(i)] = static_cast<int>(random() % 100);
    heap.insert(*nodes.back(), time_point{} + due[static_cast<std::size_t>(i)] * 1s);
  }
  for (int i = 0; i < 500; i += 3)
    heap.remove(*nodes[static_cast<std::size_t>(i)]);
  for (int i = 1; i < 500; i += 3) {  // moved
    due[static_cast<std::size_t>(i)] = static_cast<int>(random() % 100);
    heap.insert(*nodes[static_cast<std::size_t>(i)],
                time_point{} + due[static_cast<std::size_t>(i)] * 1s);
  }
  for (int now = 0; now != 100; ++now) {
    const std::size_t before = log.size();
    heap.fire(time_point{} + now * 1s);
    for (std::size_t k = before; k != log.size(); ++k) {
      BOOST_TEST(due[static_cast<std::size_t>(log[k])] == now);
    }
  }
  BOOST_TEST(log.size() == 333u);
  BOOST_TEST(heap.empty());
}

BOOST_AUTO_TEST_SUITE_END()
