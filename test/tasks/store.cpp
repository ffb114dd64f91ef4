// Where tasks are kept, and what waits for them.

#include "comcp/tasks/task_store.hpp"

#include "comcp/scope/task_group.hpp"
#include "comcp/testing/coro_test.hpp"
#include "server/question_mail.hpp"
#include "tasks/task_wire.hpp"

#include <boost/test/unit_test.hpp>

using namespace comcp;
using namespace std::chrono_literals;

namespace {

task_record::time start = task_record::time(1'790'000'000s);

task_record record(std::string id, std::string owner, std::chrono::milliseconds age = 0ms) {
  task_record t;
  t.id = std::move(id);
  t.owner = std::move(owner);
  t.created = t.updated = start + age;
  t.ttl = 1min;
  return t;
}

detail::question_mail::item note(std::string method) {
  detail::question_mail::item i;
  i.method = std::move(method);
  return i;
}
detail::question_mail::item asked(std::string key) {
  detail::question_mail::item i;
  i.question = std::move(key);
  return i;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(task_keeping)

COMCP_TEST_CORO(expired_tasks_are_forgotten_and_make_room) {
  auto now = start;
  memory_task_store store(task_store_limits().max_tasks(2).clock([&] { return now; }));
  BOOST_TEST(co_await store.add(record("a", "o")));
  BOOST_TEST(co_await store.add(record("b", "o", 30s)));
  BOOST_TEST(!co_await store.add(record("c", "o")));
  now = start + 59s;
  auto found = co_await store.find("a");
  BOOST_TEST(found.has_value());
  now = start + 60s;
  found = co_await store.find("a");
  BOOST_TEST(!found.has_value());
  BOOST_TEST(store.count() == 1U);
  BOOST_TEST(co_await store.add(record("c", "o", 60s)));
  task_record for_ever = record("d", "o");
  for_ever.ttl.reset();
  now = start + 1h;
  BOOST_TEST(co_await store.add(for_ever));
  BOOST_TEST(store.count() == 1U);
}

COMCP_TEST_CORO(an_owners_tasks_are_listed_by_age_wherever_one_begins) {
  memory_task_store store(task_store_limits().clock([] { return start; }));
  co_await store.add(record("young", "o", 20ms));
  co_await store.add(record("old", "o", 10ms));
  co_await store.add(record("foreign", "p"));
  auto page = co_await store.list("o", "", 10);
  BOOST_TEST_REQUIRE(page.size() == 2U);
  BOOST_TEST(page[0].id == "old");
  const std::string behind = page[0].place();
  co_await store.remove("old");  // a place stays one when its task is gone
  page = co_await store.list("o", behind, 10);
  BOOST_TEST_REQUIRE(page.size() == 1U);
  BOOST_TEST(page[0].id == "young");
  co_await store.remove("old");
  page = co_await store.list("nobody", "", 10);
  BOOST_TEST(page.empty());
}

COMCP_TEST_CORO(a_result_without_room_fails_its_task) {
  memory_task_store store(task_store_limits().max_bytes(100).clock([] { return start; }));
  co_await store.add(record("a", "o"));
  auto finish = [](task_record& t) {
    t.status = task_record::stage::completed;
    t.result["text"] = std::string(200, 'x');
    return true;
  };
  auto now = co_await store.update("a", finish);
  BOOST_TEST_REQUIRE(now.has_value());
  BOOST_TEST((now->status == task_record::stage::failed));
  BOOST_TEST(now->result.empty());
  BOOST_TEST(store.bytes() <= 100U);
  auto unknown = co_await store.update("z", finish);
  BOOST_TEST(!unknown.has_value());
  auto refuse = [](task_record&) { return false; };
  now = co_await store.update("a", refuse);
  BOOST_TEST(now.has_value());
  co_await store.remove("a");
  BOOST_TEST(store.bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(timestamps_are_rfc_3339_with_milliseconds) {
  BOOST_TEST(detail::timestamp(task_record::time(1'790'000'000'007ms)) ==
             "2026-09-21T14:13:20.007Z");
}

BOOST_AUTO_TEST_CASE(mail_keeps_its_order_and_drops_the_oldest_notifications) {
  detail::question_mail mail(2);
  mail.push(note("a"));
  mail.push(asked("q"));
  mail.push(note("b"));
  mail.push(note("c"));
  BOOST_TEST(mail.take()->question == "q");
  BOOST_TEST(mail.take()->method == "b");
  BOOST_TEST(mail.take()->method == "c");
  BOOST_TEST(!mail.take().has_value());
  detail::question_mail none(0);
  none.push(note("a"));
  BOOST_TEST(none.empty());
}

BOOST_AUTO_TEST_CASE(a_question_is_in_one_place_until_it_is_answered_or_taken_back) {
  detail::question_mail mail(2);
  mail.push(asked("q"));
  auto q = mail.take();
  BOOST_TEST(mail.deliver("q", {}));
  BOOST_TEST(mail.empty());
  BOOST_TEST(mail.again("q"));
  BOOST_TEST(!mail.empty());
  q = mail.take();
  mail.withdraw("q");
  BOOST_TEST(!mail.deliver("q", {}));
  BOOST_TEST(!mail.again("q"));  // nobody wants it any more
  BOOST_TEST(mail.empty());
  mail.push(asked("r"));
  mail.withdraw("r");
  BOOST_TEST(mail.empty());
  mail.push(asked("s"));
  q = mail.take();
  BOOST_TEST(mail.deliver("s", {}));
  mail.delivered("s");
  BOOST_TEST(!mail.again("s"));
  BOOST_TEST(mail.empty());
}

BOOST_AUTO_TEST_SUITE_END()
