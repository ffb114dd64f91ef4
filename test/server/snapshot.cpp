#include "server/snapshot.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

using comcp::detail::snapshot;

namespace {

/// Two members that belong together, and a count of those that live.
class counted {
 public:
  counted(int v, std::atomic<int>& living) : first(v), second(v), living_(living) { ++living_; }
  ~counted() {
    first = second = -1;
    --living_;
  }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;

  int first;
  int second;

 private:
  std::atomic<int>& living_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshots)

BOOST_AUTO_TEST_CASE(the_old_value_dies_with_the_last_who_holds_it) {
  std::atomic<int> living{0};
  {
    snapshot<counted> current(std::make_shared<const counted>(1, living));
    auto held = current.get();
    current.set(std::make_shared<const counted>(2, living));
    BOOST_TEST(held->first == 1);
    BOOST_TEST(current.get()->first == 2);
    BOOST_TEST(living == 2);
    held.reset();
    BOOST_TEST(living == 1);
    current.set(std::make_shared<const counted>(3, living));
    BOOST_TEST(living == 1);
  }
  BOOST_TEST(living == 0);
}

BOOST_AUTO_TEST_CASE(readers_find_whole_values_while_one_is_replaced) {
  std::atomic<int> living{0};
  {
    snapshot<counted> current(std::make_shared<const counted>(0, living));
    std::atomic<bool> over{false};
    std::atomic<int> torn{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
      readers.emplace_back([&] {
        for (int last = 0; !over;) {
          const auto now = current.get();
          if (now->first != now->second || now->first < last) ++torn;
          last = now->first;
          std::this_thread::yield();
        }
      });
    for (int i = 1; i <= 300; ++i)
      current.set(std::make_shared<const counted>(i, living));
    over = true;
    for (auto& r : readers)
      r.join();
    BOOST_TEST(torn == 0);
    BOOST_TEST(living == 1);
  }
  BOOST_TEST(living == 0);
}

BOOST_AUTO_TEST_SUITE_END()
