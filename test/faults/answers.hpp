#ifndef COMCP_TEST_FAULTS_ANSWERS_HPP
#define COMCP_TEST_FAULTS_ANSWERS_HPP

// What came over a connection, taken apart strictly: what is no HTTP, no event and no JSON-RPC is an error.

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace faults {

/// Thrown with what is wrong with something that was received.
class lie : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

void demand(bool holds, const std::string& what);

/// A JSON-RPC message, or another event of a stream. Names (see below) are replaced.
class message {
 public:
  std::string text;
  std::string answers;  // the id of what it answers, as JSON; empty: it is no answer
  bool is_error = false;
  std::string event_id;  // as it came
};

/// One answer over HTTP.
class answer {
 public:
  int status = 0;    // 0: not even the head is there
  std::string head;  // without names and lengths
  std::string body;  // as it came, without its framing
  bool is_stream = false;
  bool is_whole = false;          // by its framing; of a stream also: there is a last chunk
  std::vector<message> messages;  // of a body that is whole; of a stream, those that are
};

/// The answers of a connection in order; the last may have come in part.
std::vector<answer> answers_in(std::string_view bytes);
/// The messages of a line transport; `rest` is what came of a line without end.
std::vector<message> messages_in_lines(std::string_view bytes, std::string& rest);

/// With a dot for each name that the server makes up: ids of sessions, streams and tasks, times, states.
std::string without_names(std::string text);

}  // namespace faults

#endif
