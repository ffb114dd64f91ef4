#include "server/subscribers.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "comcp/scope/event.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/scope/sleep.hpp"
#include "comcp/testing/coro_test.hpp"

using namespace comcp;
using namespace comcp::detail;
using namespace std::chrono_literals;
using kind = change_event::kind;

namespace {

change_event updated(std::string uri) {
  return change_event(kind::resource_updated, std::move(uri));
}

std::string shown(const std::vector<change_event>& all) {
  std::string out;
  for (const auto& e : all)
    out += std::to_string(static_cast<int>(e.what)) + e.uri + " ";
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(change_filters)

BOOST_AUTO_TEST_CASE(let_through_what_was_asked_for) {
  change_filter f;
  BOOST_TEST(!f.wants(change_event(kind::tools)));
  f.tools = true;
  BOOST_TEST(f.wants(change_event(kind::tools)));
  BOOST_TEST(!f.wants(change_event(kind::prompts)));
  BOOST_TEST(!f.wants(change_event(kind::resources)));
  BOOST_TEST(!f.wants(updated("x:a")));
}

BOOST_AUTO_TEST_CASE(let_through_parts_of_a_resource) {
  change_filter f;
  f.uris = {"file:///a", "db://t/"};
  for (const char* uri : {"file:///a", "file:///a/b", "file:///a/b/c", "db://t/", "db://t/7"})
    BOOST_TEST_CONTEXT(uri) {
      BOOST_TEST(f.wants(updated(uri)));
    }
  for (const char* uri : {"file:///ab", "file:///", "db://t", "db://u/7"})
    BOOST_TEST_CONTEXT(uri) {
      BOOST_TEST(!f.wants(updated(uri)));
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(change_queues)

BOOST_AUTO_TEST_CASE(keep_equal_changes_once_and_the_order) {
  change_queue q(10);
  q.push(updated("x:a"));
  q.push(change_event(kind::tools));
  q.push(updated("x:b"));
  q.push(updated("x:a"));
  q.push(change_event(kind::tools));
  BOOST_TEST(shown(q.take()) == "3x:a 0 3x:b ");
  BOOST_TEST(q.empty());
  q.push(change_event(kind::tools));
  BOOST_TEST(shown(q.take()) == "0 ");
}

BOOST_AUTO_TEST_CASE(say_when_something_was_left_out) {
  change_queue q(2);
  q.push(updated("x:a"));
  q.push(updated("x:b"));
  q.push(updated("x:b"));
  BOOST_TEST(!q.overflowed());
  q.push(updated("x:c"));
  BOOST_TEST(q.overflowed());
  BOOST_TEST(shown(q.take()) == "3x:a 3x:b ");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(subscriber_registry)

COMCP_TEST_CORO(calls_once_per_batch_on_the_home_shard) {
  subscribers all;
  change_filter wanted;
  wanted.tools = true;
  wanted.prompts = true;
  int calls = 0;
  {
    const auto member =
        all.add(std::make_shared<subscriber>(this_shard(), wanted, 10, [&] { ++calls; }));
    BOOST_TEST(all.count() == 1U);
    all.publish(change_event(kind::tools));
    all.publish(change_event(kind::prompts));
    all.publish(change_event(kind::resources));
    BOOST_TEST(calls == 0);
    co_await checkpoint();
    BOOST_TEST(calls == 1);
    BOOST_TEST(shown(member->take()) == "0 1 ");
    all.publish(change_event(kind::resources));
    co_await checkpoint();
    BOOST_TEST(calls == 1);
    all.publish(change_event(kind::tools));
  }
  co_await checkpoint();  // what was under way when it left is not delivered
  BOOST_TEST(calls == 1);
  BOOST_TEST(all.count() == 0U);
}

COMCP_TEST_CORO(says_that_all_may_have_changed_when_changes_were_lost) {
  subscribers all;
  change_filter wanted;
  wanted.prompts = true;
  wanted.resources = true;
  wanted.uris = {"x:a", "x:b"};
  const auto member = all.add(std::make_shared<subscriber>(this_shard(), wanted, 2, [] {}));
  for (const char* uri : {"x:a/1", "x:a/2", "x:a/3"})
    all.publish(updated(uri));
  BOOST_TEST(shown(member->take_or_all()) == "1 2 3x:a 3x:b ");
  BOOST_TEST(member->take_or_all().empty());
  all.publish(updated("x:b"));
  BOOST_TEST(shown(member->take_or_all()) == "3x:b ");
  co_await checkpoint();
}

COMCP_TEST_CORO(finds_who_listens_to_a_resource_or_to_what_it_is_a_part_of_and_tells_each_once) {
  subscribers all;
  const auto add = [&](change_filter wanted) {
    return all.add(std::make_shared<subscriber>(this_shard(), std::move(wanted), 10, [] {}));
  };
  change_filter both;
  both.uris = {"x:a", "x:a/b", "x:a/b/"};
  change_filter below;
  below.uris = {"x:a/b/"};
  change_filter other;
  other.uris = {"x:b"};
  other.topics = {"x:a/b/c", "t"};
  {
    const auto first = add(both);
    auto second = add(below);
    const auto third = add(other);
    all.publish(updated("x:a/b/c"));
    BOOST_TEST(shown(first->take()) == "3x:a/b/c ");
    BOOST_TEST(shown(second->take()) == "3x:a/b/c ");
    BOOST_TEST(shown(third->take()) == "");
    all.publish(updated("x:a/"));
    BOOST_TEST(shown(first->take()) == "3x:a/ ");
    BOOST_TEST(shown(second->take()) == "");
    all.publish(change_event(kind::topic, "t"));
    BOOST_TEST(shown(first->take()) == "");
    BOOST_TEST(shown(third->take()) == "4t ");
    BOOST_TEST(second.want("x:c", 2));
    BOOST_TEST(second.want("x:c", 2));
    BOOST_TEST(!second.want("x:d", 2));
    all.publish(updated("x:c"));
    all.publish(updated("x:d"));
    BOOST_TEST(shown(second->take()) == "3x:c ");
    second.want_no_more("x:c");
    second.want_no_more("x:c");
    second.want_no_more("x:b");
    all.publish(updated("x:c"));
    all.publish(updated("x:b"));
    BOOST_TEST(shown(second->take()) == "");
    BOOST_TEST(shown(third->take()) == "3x:b ");
  }
  all.publish(updated("x:a/b/c"));
  all.publish(change_event(kind::topic, "t"));
  co_await checkpoint();
}

// Thousands of streams may be open: a change is none of their business unless they listen to it.
COMCP_TEST_CORO_REAL(does_not_look_at_who_listens_to_something_else) {
  subscribers all;
  change_filter wanted;
  wanted.uris = {"x:a"};
  change_filter others;
  others.tools = true;
  others.uris = {"x:b"};
  others.topics = {"t"};
  const auto hears = all.add(std::make_shared<subscriber>(this_shard(), wanted, 10, [] {}));
  const auto busy = all.add(std::make_shared<subscriber>(this_shard(), others, 10, [] {}));
  std::future<void> publishing;
  busy->with_filter([&](change_filter&) {  // whoever looks at it waits
    publishing = std::async(std::launch::async, [&] { all.publish(updated("x:a")); });
    BOOST_TEST((publishing.wait_for(10s) == std::future_status::ready));
  });
  publishing.get();
  BOOST_TEST(shown(hears->take()) == "3x:a ");
  co_await checkpoint();
}

COMCP_TEST_CORO(ends_all_of_them_and_later_ones_too) {
  subscribers all;
  int calls = 0;
  const auto first =
      all.add(std::make_shared<subscriber>(this_shard(), change_filter(), 10, [&] { ++calls; }));
  all.end_all();
  all.end_all();
  const auto second =
      all.add(std::make_shared<subscriber>(this_shard(), change_filter(), 10, [&] { ++calls; }));
  co_await checkpoint();
  BOOST_TEST(first->ended());
  BOOST_TEST(second->ended());
  BOOST_TEST(calls == 2);
}

COMCP_TEST_CORO_REAL(hears_of_changes_made_on_other_threads) {
  subscribers all;
  change_filter wanted;
  for (int i = 0; i < 40; ++i)
    wanted.uris.insert("x:" + std::to_string(i));
  std::size_t heard = 0;
  event complete;
  std::shared_ptr<subscriber> me;
  me = std::make_shared<subscriber>(this_shard(), wanted, 100, [&] {
    heard += me->take().size();
    if (heard == 40) complete.set();
  });
  {
    const auto member = all.add(me);
    std::vector<std::jthread> others;
    for (int t = 0; t < 4; ++t)
      others.emplace_back([&all, t] {
        for (int i = t * 10; i < t * 10 + 10; ++i)
          all.publish(updated("x:" + std::to_string(i)));
      });
    co_await complete.wait();
  }
  BOOST_TEST(heard == 40U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(local_buses)

BOOST_AUTO_TEST_CASE(reach_listeners_until_they_leave) {
  const auto b = make_local_bus();
  std::string heard;
  auto one = b->subscribe([&](const change_event& e) { heard += "1" + e.uri; });
  auto two = b->subscribe([&](const change_event& e) { heard += "2" + e.uri; });
  b->publish(updated("a"));
  one.reset();
  b->publish(updated("b"));
  two.reset();
  b->publish(updated("c"));
  BOOST_TEST(heard == "1a2a2b");
}

BOOST_AUTO_TEST_SUITE_END()
