#include "faults/answers.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <system_error>
#include <utility>

#include "comcp/json/value.hpp"

namespace faults {

namespace json = comcp::json;

namespace {

message to_message(const json::value& v) {
  message m;
  m.text = without_names(json::serialize(v));
  demand(v.is_object(), "no message: " + m.text);
  const json::object& members = v.as_object();
  if (members.contains("method")) return m;
  m.is_error = members.contains("error");
  demand(members.contains("result") != m.is_error, "neither a result nor an error: " + m.text);
  // What a handler throws is told as its result.
  if (m.text.find("The tool failed because of an internal error") != std::string::npos)
    m.is_error = m.text.find("\"isError\":true") != std::string::npos;
  const json::value* id = members.if_contains("id");
  m.answers = id ? json::serialize(*id) : "null";
  if (members.contains("error")) {
    const json::value& error = members.at("error");
    demand(error.is_object() && error.as_object().contains("code") && error.at("code").is_int64() &&
               error.as_object().contains("message"),
           "no error: " + m.text);
  }
  return m;
}

/// One message or a batch.
void add_messages(std::vector<message>& to, std::string_view text) {
  boost::system::error_code ec;
  const json::value v = json::parse(text, ec);
  demand(!ec, "no JSON: " + std::string(text));
  if (!v.is_array()) return to.push_back(to_message(v));
  for (const json::value& one : v.as_array())
    to.push_back(to_message(one));
}

/// Takes what comes before the mark, and the mark; nothing: it has not come.
std::optional<std::string_view> take_until(std::string_view& from, std::string_view mark) {
  const std::size_t end = from.find(mark);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view taken = from.substr(0, end);
  from.remove_prefix(end + mark.size());
  return taken;
}

/// The messages of the events that are whole; comments are none.
std::vector<message> messages_in_events(std::string_view text) {
  std::vector<message> all;
  while (const auto block = take_until(text, "\n\n")) {
    std::string id;
    std::string data;
    std::string others;
    std::string_view rest = *block;
    while (!rest.empty()) {
      const auto ended = take_until(rest, "\n");
      const std::string_view line = ended ? *ended : std::exchange(rest, {});
      if (line.starts_with(":")) continue;
      if (line.starts_with("id: "))
        id = line.substr(4);
      else if (line.starts_with("data: {") || line.starts_with("data: ["))
        data = line.substr(6);
      else {
        const bool known =
            line.starts_with("data:") || line.starts_with("event: ") || line.starts_with("retry: ");
        demand(known, "no line of an event: " + std::string(line));
        if (line != "event: message") others += std::string(line) + "\n";
      }
    }
    const std::size_t before = all.size();
    if (!data.empty()) {
      demand(others.empty(), "a message and more: " + std::string(*block));
      add_messages(all, data);
    } else if (!id.empty() || !others.empty()) {
      all.push_back({without_names(others), {}, false, {}});
    }
    for (std::size_t i = before; i < all.size(); ++i)
      all[i].event_id = id;
  }
  return all;
}

/// What announces the body.
class framing {
 public:
  bool chunked = false;
  std::optional<std::size_t> length;
};

void read_chunks(answer& a, std::string_view& rest) {
  while (const auto line = take_until(rest, "\r\n")) {
    std::size_t size = 0;
    const char* end = line->data() + line->size();
    const auto read = std::from_chars(line->data(), end, size, 16);
    demand(read.ec == std::errc() && read.ptr == end, "no chunk: " + std::string(*line));
    a.body += rest.substr(0, size);
    if (rest.size() < size + 2) break;
    demand(rest.substr(size, 2) == "\r\n", "a chunk without end: " + std::string(rest));
    rest.remove_prefix(size + 2);
    a.is_whole = size == 0;
    if (a.is_whole) return;
  }
  rest = {};
}

framing read_head(answer& a, std::string_view text) {
  framing how;
  const auto first = take_until(text, "\r\n");
  a.head = first ? *first : std::exchange(text, {});
  demand(a.head.size() > 13 && a.head[12] == ' ', "no status line: " + a.head);
  a.status = std::atoi(a.head.c_str() + 9);
  demand(a.status >= 200 && a.status < 600, "no status: " + a.head);
  while (!text.empty()) {
    const auto ended = take_until(text, "\r\n");
    const std::string line(ended ? *ended : std::exchange(text, {}));
    const std::size_t colon = line.find(": ");
    demand(colon != std::string::npos && colon != 0, "no header line: " + line);
    const std::string value = line.substr(colon + 2);
    if (line.starts_with("Content-Length: ")) {
      demand(!how.length && !how.chunked, "two lengths: " + line);
      how.length = std::stoul(value);
    } else if (line.starts_with("Transfer-Encoding: ")) {
      demand(!how.length && !how.chunked && value == "chunked", "two lengths: " + line);
      how.chunked = true;
    } else if (!line.starts_with("Date: ")) {
      a.head += "\n" + without_names(line);
    }
    if (line.starts_with("Content-Type: text/event-stream")) a.is_stream = true;
  }
  demand(how.length || how.chunked || a.status == 204, "a body without end: " + a.head);
  return how;
}

answer take_answer(std::string_view& rest) {
  answer a;
  constexpr std::string_view version = "HTTP/1.1 ";
  const std::size_t known = std::min(version.size(), rest.size());
  demand(rest.substr(0, known) == version.substr(0, known),
         "no answer: " + std::string(rest.substr(0, 80)));
  const auto head = take_until(rest, "\r\n\r\n");
  if (!head) {
    a.head = std::exchange(rest, {});
    return a;
  }
  const framing how = read_head(a, *head);
  if (how.chunked) {
    read_chunks(a, rest);
  } else {
    const std::size_t length = how.length.value_or(0);
    a.body = rest.substr(0, length);
    a.is_whole = a.body.size() == length;
    rest.remove_prefix(a.body.size());
  }
  if (a.is_stream)
    a.messages = messages_in_events(a.body);
  else if (a.is_whole && a.head.find("application/json") != std::string::npos)
    add_messages(a.messages, a.body);
  return a;
}

void replace_all(std::string& text, std::string_view before, std::string_view ends) {
  for (std::size_t at = text.find(before); at != std::string::npos; at = text.find(before, at)) {
    at += before.size();
    text.replace(at, std::min(text.find_first_of(ends, at), text.size()) - at, ".");
  }
}

}  // namespace

void demand(bool holds, const std::string& what) {
  if (!holds) throw lie(what);
}

std::vector<answer> answers_in(std::string_view bytes) {
  std::vector<answer> all;
  while (!bytes.empty())
    all.push_back(take_answer(bytes));
  return all;
}

std::vector<message> messages_in_lines(std::string_view bytes, std::string& rest) {
  std::vector<message> all;
  while (const auto line = take_until(bytes, "\n"))
    add_messages(all, *line);
  rest = bytes;
  return all;
}

std::string without_names(std::string text) {
  replace_all(text, "Mcp-Session-Id: ", "\r\n");
  replace_all(text, "sessionId=", " \r\n\"");
  for (const char* member : {"requestState", "taskId", "createdAt", "lastUpdatedAt"})
    replace_all(text, "\"" + std::string(member) + "\":\"", "\"");
  return text;
}

}  // namespace faults
