#include "faults/honesty.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "faults/answers.hpp"

namespace faults {

namespace {

using messages = std::vector<message>;

/// That a question has become pointless is told as well as can be; where to come back is no message.
bool is_optional(const message& m) {
  return m.text.find("\"notifications/cancelled\"") != std::string::npos ||
         m.text.starts_with("retry: ");
}

/// What else may be missing.
enum class gaps { none, of_the_store };

/** What came, held against what comes without faults. What was asked has one answer at most: the right one or an
    error. @param all nothing may be missing, unless there was an error */
void compare(const messages& got,
             const messages& wanted,
             const std::set<std::string>& asked,
             bool all,
             gaps allowed = gaps::none) {
  std::map<std::string, const message*> answers;
  std::vector<const message*> others;
  for (const message& m : wanted) {
    if (is_optional(m)) continue;
    if (m.answers.empty())
      others.push_back(&m);
    else
      answers[m.answers] = &m;
  }
  std::set<std::string> answered;
  std::size_t next = 0;
  bool failed = false;
  for (const message& m : got) {
    if (is_optional(m)) continue;
    if (m.answers.empty()) {
      const bool may_skip = failed || allowed == gaps::of_the_store;
      while (may_skip && next < others.size() && others[next]->text != m.text)
        ++next;
      demand(next < others.size() && others[next]->text == m.text, "unexpected: " + m.text);
      ++next;
      continue;
    }
    demand(answered.insert(m.answers).second, "a second answer: " + m.text);
    const auto at = answers.find(m.answers);
    if (at != answers.end() && m.text == at->second->text) continue;
    demand(m.is_error, "a wrong answer: " + m.text);
    demand(at != answers.end() || asked.contains(m.answers), "another's error: " + m.text);
    failed = true;
  }
  if (!all) return;
  for (const auto& [id, m] : answers)
    demand(answered.contains(id), "it looks whole, without " + m->text);
  if (!failed && next < others.size() && allowed == gaps::none)
    throw lie("it looks whole, without " + others[next]->text);
}

/// The server says that it has lost what the client counts on, and that it has to begin again.
bool tells_of_a_loss(const answer& a) {
  return a.body.find("Session not found: it") != std::string::npos ||
         a.body.find("what came behind it has been forgotten") != std::string::npos;
}

/// An exchange that failed as a whole.
void check_error(const answer& got, const std::set<std::string>& asked) {
  demand(got.status >= 500 || tells_of_a_loss(got),
         "the client is blamed: " + got.head + "\n" + got.body);
  for (const message& m : got.messages) {
    const bool mine = m.answers == "null" || asked.contains(m.answers);
    demand(m.is_error && mine, "no error of this exchange: " + m.text);
  }
  demand(got.messages.size() <= 1, "two errors: " + got.body);
}

/// The messages of the stream that it continues up to there, and its own.
messages whole_stream(const played& p, std::size_t place, const answer& own) {
  const reception& r = p.receptions[place];
  if (!r.continues) return own.messages;
  messages all;
  for (const answer& a : answers_in(p.receptions[*r.continues].bytes))
    for (const message& m : a.messages) {
      all.push_back(m);
      if (m.event_id == r.last_event) break;
    }
  all.insert(all.end(), own.messages.begin(), own.messages.end());
  return all;
}

void check_reception(const played& got, const played& wanted, std::size_t place) {
  const reception& r = got.receptions[place];
  const reception& w = wanted.receptions[place];
  const bool gone = r.ended || r.left;
  const std::vector<answer> answers = answers_in(r.bytes);
  const std::vector<answer> fault_free = answers_in(w.bytes);
  demand(answers.size() <= fault_free.size(), "an answer too many");
  demand(gone || answers.size() == fault_free.size(), "no answer, and no end");
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const answer& a = answers[i];
    const answer& f = fault_free[i];
    demand(a.is_whole || gone || !f.is_whole, "an answer stands still: " + a.head + a.body);
    if (a.status == 0) continue;
    if (a.status >= 400 && f.status < 400) {
      check_error(a, r.asked);
      continue;
    }
    if (a.head != f.head) {  // an error needs no stream
      const bool only_errors =
          std::ranges::all_of(a.messages, [](const message& m) { return m.is_error; });
      demand(a.status == f.status && !a.is_stream && only_errors,
             "another head: " + a.head + " for " + f.head);
      compare(a.messages, f.messages, r.asked, a.is_whole);
    } else if (a.is_stream)
      compare(whole_stream(got, place, a), whole_stream(wanted, place, f), r.asked,
              a.is_whole || !gone, r.continues ? gaps::of_the_store : gaps::none);
    else if (!a.messages.empty())
      compare(a.messages, f.messages, r.asked, true);
    else if (without_names(f.body) == f.body)
      demand(a.is_whole ? a.body == f.body : f.body.starts_with(a.body), "another body: " + a.body);
  }
}

std::string lie_at(std::size_t place, const played& got, const played& wanted) try {
  demand(got.receptions[place].bytes.find("bad_alloc") == std::string::npos,
         "it tells what happened inside");
  demand(place < wanted.receptions.size(), "nothing was asked there");
  check_reception(got, wanted, place);
  return {};
} catch (const lie& e) {
  return e.what();
}

}  // namespace

std::string find_lie(const played& got, const std::vector<played>& fault_free) {
  const std::size_t last = std::min(got.steps, fault_free.size() - 1);
  const std::size_t first = got.stopped && last > 0 ? last - 1 : last;
  for (std::size_t place = 0; place < got.receptions.size(); ++place) {
    std::string wrong = lie_at(place, got, fault_free[last]);
    if (!wrong.empty() && first != last) {
      const std::string without = lie_at(place, got, fault_free[first]);
      wrong =
          without.empty() ? without : wrong + "\nor, if the last step had no effect: " + without;
    }
    if (!wrong.empty())
      return "connection " + std::to_string(place) + ": " + wrong + "\n" +
             got.receptions[place].bytes;
  }
  return {};
}

namespace {

/// Of an event's id, without the session it is of.
std::string_view behind_prefix(const std::string& event_id) {
  const std::size_t dot = event_id.find('.');
  return std::string_view(event_id).substr(std::min(dot, event_id.size()));
}

void check_same(const answer& a, const answer& b) {
  demand(a.head == b.head, "heads: " + a.head + "\nand " + b.head);
  demand(a.is_whole == b.is_whole, "one of them is whole: " + a.head);
  demand(a.is_stream || without_names(a.body) == without_names(b.body), "bodies: " + b.body);
  demand(a.messages.size() == b.messages.size(), "numbers of messages: " + a.body + b.body);
  for (std::size_t i = 0; i < a.messages.size(); ++i) {
    const message& m = a.messages[i];
    const message& n = b.messages[i];
    demand(m.text == n.text && behind_prefix(m.event_id) == behind_prefix(n.event_id),
           "messages: " + n.event_id + ": " + n.text);
  }
}

}  // namespace

std::string find_difference(const played& one, const played& other) try {
  demand(one.receptions.size() == other.receptions.size(), "numbers of connections");
  for (std::size_t place = 0; place < one.receptions.size(); ++place) {
    const std::vector<answer> a = answers_in(one.receptions[place].bytes);
    const std::vector<answer> b = answers_in(other.receptions[place].bytes);
    demand(a.size() == b.size(), "numbers of answers: " + other.receptions[place].bytes);
    for (std::size_t i = 0; i < a.size(); ++i)
      check_same(a[i], b[i]);
    demand(one.receptions[place].ended == other.receptions[place].ended, "ends");
  }
  return {};
} catch (const lie& e) {
  return e.what();
}

std::string find_lie_in_lines(const reception& got, const reception& fault_free) try {
  std::string rest;
  messages wanted = messages_in_lines(fault_free.bytes, rest);
  // The client may have stopped early.
  std::erase_if(wanted, [&](const message& m) {
    return !m.answers.empty() && !got.asked.contains(m.answers);
  });
  const messages came = messages_in_lines(got.bytes, rest);
  demand(rest.empty() || got.ended, "half a line: " + rest);
  demand(got.bytes.find("bad_alloc") == std::string::npos, "it tells what happened inside");
  compare(came, wanted, got.asked, !got.ended);
  return {};
} catch (const lie& e) {
  return std::string(e.what()) + "\n" + got.bytes;
}

}  // namespace faults
