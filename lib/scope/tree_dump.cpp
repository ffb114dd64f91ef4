// The live tree, printed. Everything shown is kept anyway: a dump costs only those who ask for it.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "comcp/scope/detail/scope_tree.hpp"

namespace comcp::detail {

namespace {

double seconds(duration d) {
  return std::chrono::duration<double>(d).count();
}

std::string rounded(duration d) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.3gs", seconds(d));
  return buffer;
}

const char* text(cancel_scope::cause why) noexcept {
  switch (why) {
    case cancel_scope::cause::none:
      break;
    case cancel_scope::cause::explicit_call:
      return "cancelled";
    case cancel_scope::cause::deadline:
      return "timed out";
    case cancel_scope::cause::child_failed:
      return "failed";
  }
  return "";
}

const char* json_name(cancel_scope::cause why) noexcept {
  switch (why) {
    case cancel_scope::cause::none:
      break;
    case cancel_scope::cause::explicit_call:
      return "explicit";
    case cancel_scope::cause::deadline:
      return "deadline";
    case cancel_scope::cause::child_failed:
      return "child_failed";
  }
  return "none";
}

/// The length of the UTF-8 sequence that s begins with, 0 when it is none.
std::size_t sequence_length(std::string_view s) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || s.size() < n) return 0;
  // Overlong forms, surrogates, and what is beyond the last code point show in the second byte.
  const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i != n; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return n;
}

/// Appends pieces of JSON. Names and reasons may come from a peer: they can be anything.
class json_writer {
 public:
  explicit json_writer(std::string& out) noexcept : out_{out} {}

  json_writer& raw(std::string_view s) { return out_ += s, *this; }
  json_writer& number(std::uint64_t n) { return out_ += std::to_string(n), *this; }
  json_writer& number(duration d) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.3f", seconds(d));
    return out_ += buffer, *this;
  }
  json_writer& string(std::string_view s) {
    out_ += '"';
    while (!s.empty()) {
      const std::size_t n = sequence_length(s);
      const auto c = static_cast<unsigned char>(s.front());
      if (n == 0) {
        out_ += "\xEF\xBF\xBD";
      } else if (c < 0x20 || c == '"' || c == '\\') {
        char buffer[8];
        std::snprintf(buffer, sizeof buffer, "\\u%04x", static_cast<unsigned>(c));
        out_ += buffer;
      } else {
        out_.append(s, 0, n);
      }
      s.remove_prefix(n == 0 ? 1 : n);
    }
    out_ += '"';
    return *this;
  }

 private:
  std::string& out_;
};

}  // namespace

/// f(scope, depth), parents first.
template <class F>
void scope_tree::for_each_scope(F f) const {
  const cancel_scope* s = root_;
  for (std::size_t depth = 0;;) {
    f(*s, depth);
    const cancel_scope* next = s->children_.first();
    if (next) ++depth;
    while (!next && s != root_) {
      next = s->parent_->children_.next(*s);
      if (next) break;
      s = s->parent_;
      --depth;
    }
    if (!next) return;
    s = next;
  }
}

std::string scope_tree::dump(const task_node* running) const {
  std::string out;
  const time_point now = clock_.coarse_now();
  for_each_scope([&](const cancel_scope& scope, std::size_t depth) {
    out.append(depth * 2, ' ').append("scope");
    if (!scope.name_.empty()) out.append(" \"").append(scope.name_).append("\"");
    out.append(", age ").append(rounded(now - scope.created_));
    if (scope.deadline_ != time_point::max()) {
      const bool ahead = scope.deadline_ > now;
      out.append(ahead ? ", deadline in " : ", deadline passed since ")
          .append(rounded(ahead ? scope.deadline_ - now : now - scope.deadline_));
    }
    if (scope.shield_) out += ", shielded";
    if (scope.cancel_called()) {
      out.append(", ").append(text(scope.why_));
      if (!scope.reason_.empty()) out.append(" (").append(scope.reason_).append(")");
    } else if (scope.effective_) {
      out += ", cancelled from outside";
    }
    out += '\n';
    for_each_task(scope, [&](const task_node& task) {
      out.append(depth * 2 + 2, ' ').append("task #").append(std::to_string(task.id));
      if (!task.name.empty()) out.append(" \"").append(task.name).append("\"");
      out.append(", age ").append(rounded(now - task.created));
      if (!task.started) {
        out += ", not started";
      } else if (task.waiting_for) {
        out.append(", waits for ").append(task.waiting_for).append(" since ");
        out += rounded(now - task.since);
      } else {
        out += &task == running ? ", runs" : ", waits for I/O";
      }
      out += '\n';
    });
  });
  return out;
}

std::string scope_tree::dump_json(std::size_t shard, const task_node* running) const {
  std::string scopes;
  std::string tasks;
  json_writer s{scopes};
  json_writer t{tasks};
  const time_point now = clock_.coarse_now();
  std::vector<std::uint64_t> ids;  // of the scope at each depth
  std::uint64_t next_id = 0;
  for_each_scope([&](const cancel_scope& scope, std::size_t depth) {
    const std::uint64_t id = next_id++;
    ids.resize(depth);
    s.raw(id == 0 ? "{\"id\":" : ",{\"id\":").number(id).raw(",\"parent\":");
    if (depth == 0) {
      s.raw("null");
    } else {
      s.number(ids.back());
    }
    ids.push_back(id);
    s.raw(",\"name\":").string(scope.name_).raw(",\"age\":").number(now - scope.created_);
    s.raw(",\"state\":\"")
        .raw(scope.cancel_called() ? "cancelled"
             : scope.effective_    ? "cancelled_from_outside"
                                   : "open")
        .raw("\",\"shield\":")
        .raw(scope.shield_ ? "true" : "false")
        .raw(",\"deadline\":");
    if (scope.deadline_ == time_point::max()) {
      s.raw("null");
    } else {
      s.number(scope.deadline_ - now);
    }
    if (scope.cancel_called()) {
      s.raw(",\"cause\":\"").raw(json_name(scope.why_)).raw("\",\"reason\":").string(scope.reason_);
    }
    s.raw("}");
    for_each_task(scope, [&](const task_node& task) {
      t.raw(tasks.empty() ? "{\"id\":" : ",{\"id\":").number(task.id).raw(",\"scope\":").number(id);
      t.raw(",\"name\":").string(task.name).raw(",\"age\":").number(now - task.created);
      if (!task.started) {
        t.raw(",\"state\":\"not_started\"}");
      } else if (&task == running) {
        t.raw(",\"state\":\"running\"}");
      } else if (task.waiting_for) {
        t.raw(",\"state\":\"waiting\",\"waits_for\":").string(task.waiting_for);
        t.raw(",\"waiting\":").number(now - task.since).raw("}");
      } else {
        t.raw(",\"state\":\"waiting\",\"waits_for\":\"I/O\"}");
      }
    });
  });
  std::string out;
  json_writer{out}
      .raw("{\"shard\":")
      .number(shard)
      .raw(",\"scopes\":[")
      .raw(scopes)
      .raw("],\"tasks\":[")
      .raw(tasks)
      .raw("]}");
  return out;
}

}  // namespace comcp::detail
