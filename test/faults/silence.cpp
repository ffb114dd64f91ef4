// Typical conversations in which the peer falls silent at every step: it sends no more, or reads no more. A limit
// ends them, in virtual time. And the peer whose bytes come one by one, who is served like any other.

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

#include "faults/memory_server.hpp"
#include "lifecycle/conversations.hpp"

using namespace faults;
using namespace std::chrono_literals;

namespace {

/// What a conversation brings within this time is looked at.
constexpr auto a_while = 40s;
/// Above each limit of the server's: of headers, of a body, of a write, between requests, and behind the end.
constexpr auto long_enough = 200s;

template <class F>
void with_each(const F& play) {
  for (const lifecycle::conversation& what : lifecycle::conversations())
    BOOST_TEST_CONTEXT(what.name) {
      memory_server s;
      s.expected_warnings = {"did not answer in time"};
      play(s, what);
    }
}

/// Everything that comes back, to a peer that is set as `prepare` does.
template <class F>
std::string whole_answer(memory_server& s, const lifecycle::conversation& what, const F& prepare) {
  const std::string headers = s.open_session(what.revision);
  std::string answer;
  {
    memory_server::client c(s, {});
    prepare(c.peer());
    c.send(what.bytes(headers));
    s.run(a_while);
    answer = http_test::conversation::without_date(c.peer().take_output());
  }
  s.close_session(headers);
  s.run();
  return answer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(silent_peers)

BOOST_AUTO_TEST_CASE(a_peer_that_sends_no_more_is_let_go) {
  with_each([](memory_server& s, const lifecycle::conversation& what) {
    for (std::size_t cut = 0;; cut += 7) {
      const std::string headers = s.open_session(what.revision);
      const std::string bytes = what.bytes(headers);
      {
        memory_server::client c(s, {});
        c.send(std::string_view(bytes).substr(0, cut));
        if (cut < bytes.size()) {
          s.run(long_enough);
          BOOST_TEST(c.peer().closed(), "after " << cut << " bytes");
        }
      }
      s.close_session(headers);
      s.check_baseline();
      if (cut >= bytes.size()) break;
    }
  });
}

BOOST_AUTO_TEST_CASE(a_peer_that_reads_no_more_is_let_go) {
  with_each([](memory_server& s, const lifecycle::conversation& what) {
    const std::size_t all = whole_answer(s, what, [](auto&) {}).size();
    BOOST_TEST_REQUIRE(all > 100U);
    for (std::size_t taken = 0; taken < all; taken += 1 + taken / 8) {
      const std::string headers = s.open_session(what.revision);
      {
        memory_server::client c(s, {});
        c.peer().window(taken);
        c.send(what.bytes(headers));
        s.run(long_enough);
        BOOST_TEST(c.peer().closed(), "after " << taken << " bytes");
        BOOST_TEST(c.peer().output().size() == taken);
      }
      s.close_session(headers);
      s.check_baseline();
    }
  });
}

BOOST_AUTO_TEST_CASE(bytes_that_come_and_go_one_by_one_are_the_same_conversation) {
  with_each([](memory_server& s, const lifecycle::conversation& what) {
    const std::string at_once = whole_answer(s, what, [](auto&) {});
    const std::string one_by_one = whole_answer(s, what, [](auto& peer) { peer.read_size(1); });
    // The ids of sessions differ, but not in length.
    BOOST_TEST(one_by_one.size() == at_once.size());
    BOOST_TEST(one_by_one.substr(0, one_by_one.find("\r\n")) == "HTTP/1.1 200 OK");
    s.check_baseline();
  });
}

BOOST_AUTO_TEST_SUITE_END()
