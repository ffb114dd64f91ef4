#ifndef COMCP_TEST_FAULTS_DIALOGUES_HPP
#define COMCP_TEST_FAULTS_DIALOGUES_HPP

// What clients do over more than one request, step by step: the conversations of test/lifecycle as the shortest
// of them, and those that shake hands, come back, answer what they are asked, cancel and end sessions.

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faults/honesty.hpp"
#include "faults/memory_server.hpp"

namespace faults {

/// What is special about a client, or about the time while it plays.
class client_options {
 public:
  /// Between each of its connections and the wire.
  wire_maker between;
  std::function<void(http_test::memory_peer&)> prepare;
  /// Calls what it gets, which is all the client does.
  std::function<void(const std::function<void()>&)> around;
};

/** A client that plays a dialogue. What it does itself never lacks memory. It stops, by an exception that `play`
    catches, when it has not received what it needs to go on. */
class player {
 public:
  using place = std::size_t;  // of a connection

  player(memory_server& s, client_options how, std::string headers, std::size_t steps);

  /// The headers of the session, if it was opened before.
  const std::string& headers() const { return headers_; }
  place open();
  /// A step. What comes at once has come.
  void send(place where, std::string_view bytes);
  /// A step on a connection of its own.
  place ask(std::string_view bytes);
  /// ... that is accepted, if anything goes on. Its answer comes on another one, if at all.
  void tell(std::string_view bytes, std::optional<place> answered_on = std::nullopt);
  void run(comcp::duration d);
  void leave(place where);
  /// The later one continues the stream of the earlier one.
  void continues(place later, place earlier, std::string last_event);

  /// What stands between these, for the last time.
  std::string between(place where, std::string_view before, std::string_view behind) const;
  void expect(place where, std::string_view text) const;
  [[noreturn]] void stop_here() const;

 private:
  friend played play(memory_server&, const class dialogue&, client_options, std::size_t);
  class connection;
  memory_server& server_;
  client_options how_;
  std::string headers_;
  std::size_t steps_left_;
  std::size_t steps_ = 0;
  std::vector<std::shared_ptr<connection>> connections_;
};

class dialogue {
 public:
  std::string name;
  const char* revision;  // of a session that is there before; null: none
  std::function<void(player&)> steps;
};

inline constexpr std::size_t all_steps = std::numeric_limits<std::size_t>::max();

/// What is heard within 40 s behind the last step, which is long enough for what keeps a stream alive.
played play(memory_server& s,
            const dialogue& d,
            client_options how = {},
            std::size_t steps = all_steps);
/// Without faults: up to each of its steps. @param leaves how long what it leaves behind lives
std::vector<played> play_without_faults(const dialogue& d, comcp::duration leaves = {});

/// Each of the conversations by itself, and the longer ones.
const std::vector<dialogue>& dialogues();
/// Those that leave a handler behind.
const std::vector<dialogue>& detached_dialogues();

}  // namespace faults

#endif
