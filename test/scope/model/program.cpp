#include "program.hpp"

#include <random>

namespace comcp::model {

namespace {

constexpr std::int64_t second = 1'000'000'000;

// std::uniform_int_distribution differs between libraries; programs must not.
class dice {
 public:
  explicit dice(std::uint64_t seed) : random_{seed * 0x9e3779b97f4a7c15U + 1} {}
  std::int64_t below(std::int64_t n) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(n));
  }
  bool one_in(int n) { return below(n) == 0; }
  std::int64_t duration(std::int64_t most) { return 1 + below(most); }
  template <class T>
  const T& of(const std::vector<T>& v) {
    return v[static_cast<std::size_t>(below(static_cast<std::int64_t>(v.size())))];
  }

 private:
  std::mt19937_64 random_;
};

// What a statement can see from where it stands.
struct place {
  std::vector<int> groups;  // of this task and of those it runs in
  std::vector<int> scopes;  // around it
  std::vector<int> held;    // locks of this task
  int depth = 0;
};

class generator {
 public:
  generator(std::uint64_t seed, std::size_t statements)
      : dice_{seed}, left_{static_cast<std::int64_t>(statements)} {
    out_.seed = seed;
    out_.events = static_cast<int>(1 + dice_.below(3));
    out_.locks = static_cast<int>(1 + dice_.below(2));
    for (std::int64_t i = 0; i != 2; ++i)
      out_.semaphores.push_back(static_cast<int>(dice_.below(3)));
    for (std::int64_t i = 0; i != 2; ++i)
      out_.capacity.push_back(static_cast<std::size_t>(dice_.below(3)));
  }

  program make() {
    statement root = next(kind::limit);
    root.has_time = true;
    root.time = 2000 * second + dice_.duration(second);
    all_scopes_.push_back(root.id);
    with_deadline_.push_back(root.id);
    place at;
    at.scopes.push_back(root.id);
    statement group = next(kind::group);
    all_scopes_.push_back(group.id);
    at.scopes.push_back(group.id);
    at.groups.push_back(group.id);
    group.body = body(at, 6);
    root.body.push_back(std::move(group));
    out_.root.push_back(std::move(root));
    out_.last_id = last_id_;
    aim(out_.root);
    return std::move(out_);
  }

 private:
  statement next(kind what) {
    statement s;
    s.what = what;
    s.id = ++last_id_;
    s.then = dice_.duration(20 * second);
    --left_;
    return s;
  }

  block body(place at, std::int64_t most) {
    block b;
    ++at.depth;
    const std::int64_t n = 1 + dice_.below(most);
    for (std::int64_t i = 0; i != n && (left_ > 0 || b.empty()); ++i)
      b.push_back(any(at));
    return b;
  }

  // A child sees what its group sees: it may outlive everything else.
  place seen_by_child(const place& at, int group) {
    place child;
    for (const int g : at.groups) {
      child.groups.push_back(g);
      if (g == group) break;
    }
    for (const int s : at.scopes) {
      child.scopes.push_back(s);
      if (s == group) break;
    }
    child.depth = at.depth;
    return child;
  }

  block child_body(const place& at, int group) { return apart(body(seen_by_child(at, group), 4)); }

  /// Children that begin together, and cleanups, part with a sleep.
  block apart(block b) {
    statement first = next(kind::sleep);
    first.time = dice_.duration(60 * second);
    b.insert(b.begin(), std::move(first));
    return b;
  }

  statement any(const place& at) {
    if (at.depth > 6 || left_ <= 0) return simple(at);
    switch (dice_.below(20)) {
      case 0:
      case 1:
        return compound(kind::scope, at);
      case 2:
      case 3:
        return compound(kind::limit, at);
      case 4:
        return compound(kind::fail_limit, at);
      case 5:
        return compound(kind::shield, at);
      case 6:
      case 7:
        return compound(kind::group, at);
      case 8:
        return compound(kind::cleanup, at);
      case 9:
        return compound(dice_.one_in(2) ? kind::locked : kind::permitted, at);
      case 10:
        return compound(dice_.one_in(3) ? kind::hold_sender : kind::locked, at);
      case 11:
        return compound(dice_.one_in(3) ? kind::hold_receiver : kind::swallow, at);
      case 12:
        return compound(dice_.one_in(2) ? kind::catch_errors : kind::swallow, at);
      case 13:
      case 14:
      case 15:
        return child(at);
      default:
        return simple(at);
    }
  }

  statement child(const place& at) {
    const std::int64_t n = dice_.below(4);
    statement s = next(n == 0 ? kind::start : n == 1 ? kind::start_soon : kind::spawn);
    s.target = dice_.of(at.groups);
    s.body = child_body(at, s.target);
    if (s.what == kind::spawn) handles_.push_back(s.id);
    if (s.what == kind::start && !dice_.one_in(6)) {
      statement ready = next(kind::started);
      ready.target = s.id;
      const auto where = dice_.below(static_cast<std::int64_t>(s.body.size()) + 1);
      s.body.insert(s.body.begin() + where, std::move(ready));
    }
    return s;
  }

  statement compound(kind what, place at) {
    if (what == kind::locked) {
      const int l = static_cast<int>(dice_.below(out_.locks));
      for (const int held : at.held) {
        if (held == l) return simple(at);  // would be a logic error
      }
      at.held.push_back(l);
      statement s = next(what);
      s.target = l;
      s.body = body(at, 3);
      return s;
    }
    statement s = next(what);
    switch (what) {
      case kind::scope:
      case kind::group:
        s.has_time = dice_.one_in(4);
        s.shielded = s.has_time && dice_.one_in(3);
        break;
      case kind::limit:
      case kind::fail_limit:
        s.has_time = true;
        s.shielded = dice_.one_in(5);
        break;
      case kind::shield:
        s.has_time = s.shielded = true;
        break;
      case kind::permitted:
        s.target = static_cast<int>(dice_.below(static_cast<std::int64_t>(out_.semaphores.size())));
        break;
      case kind::hold_sender:
      case kind::hold_receiver:
        s.target = stream();
        break;
      default:
        break;
    }
    if (s.has_time || what == kind::cleanup) s.time = time_limit();
    switch (what) {
      case kind::scope:
      case kind::limit:
      case kind::fail_limit:
      case kind::shield:
      case kind::group:
        all_scopes_.push_back(s.id);
        if (s.has_time) with_deadline_.push_back(s.id);
        at.scopes.push_back(s.id);
        if (what == kind::group) at.groups.push_back(s.id);
        break;
      default:
        break;
    }
    s.body = body(at, what == kind::group ? 5 : 3);
    if (what == kind::cleanup) s.other = apart(body(at, 2));
    return s;
  }

  std::int64_t time_limit() {
    return dice_.one_in(12) ? -dice_.below(2) * second : dice_.duration(200 * second);
  }

  int stream() {
    return static_cast<int>(dice_.below(static_cast<std::int64_t>(out_.capacity.size())));
  }

  statement simple(const place& at) {
    static const std::vector<kind> kinds{
        kind::sleep,         kind::sleep,          kind::sleep,        kind::sleep,
        kind::checkpoint,    kind::wait_event,     kind::wait_event,   kind::send,
        kind::send,          kind::receive,        kind::receive,      kind::wait_handle,
        kind::result_handle, kind::set_event,      kind::set_event,    kind::try_send,
        kind::try_receive,   kind::close_sender,   kind::cancel,       kind::cancel,
        kind::cancel,        kind::close_receiver, kind::cancel,       kind::remote_cancel,
        kind::cancel_handle, kind::cancel_handle,  kind::lower_shield, kind::raise_shield,
        kind::set_deadline,  kind::fail,
    };
    statement s = next(dice_.of(kinds));
    if ((s.what == kind::close_sender || s.what == kind::close_receiver) && !dice_.one_in(3)) {
      s.what = kind::sleep;
    }
    switch (s.what) {
      case kind::sleep:
        s.time = dice_.one_in(20) ? 0 : dice_.duration(150 * second);
        break;
      case kind::set_deadline:
        s.time = time_limit();
        [[fallthrough]];
      case kind::cancel:
      case kind::remote_cancel:
      case kind::lower_shield:
      case kind::raise_shield:
        s.target = dice_.one_in(2) ? dice_.of(at.scopes) : 0;  // 0: aimed when all are known
        break;
      case kind::set_event:
      case kind::wait_event:
        s.target = static_cast<int>(dice_.below(out_.events));
        break;
      case kind::send:
      case kind::receive:
      case kind::try_send:
      case kind::try_receive:
      case kind::close_sender:
      case kind::close_receiver:
        s.target = stream();
        break;
      default:
        break;
    }
    return s;
  }

  void aim(block& b) {
    for (statement& s : b) {
      switch (s.what) {
        case kind::cancel:
        case kind::remote_cancel:
        case kind::set_deadline:
        case kind::lower_shield:
          if (s.target == 0) s.target = dice_.of(all_scopes_);
          break;
        case kind::raise_shield:  // what is shielded must end by itself
          s.target = dice_.of(with_deadline_);
          break;
        case kind::wait_handle:
        case kind::result_handle:
        case kind::cancel_handle:
          if (handles_.empty()) {
            s.what = kind::checkpoint;
          } else {
            s.target = dice_.of(handles_);
          }
          break;
        default:
          break;
      }
      aim(s.body);
      aim(s.other);
    }
  }

  dice dice_;
  std::int64_t left_;
  program out_;
  int last_id_ = 0;
  std::vector<int> all_scopes_;
  std::vector<int> with_deadline_;
  std::vector<int> handles_;
};

const char* name(kind k) {
  static const char* const names[] = {
      "sleep",        "checkpoint",    "wait_event",     "send",          "receive",
      "wait_handle",  "result_handle", "start",          "set_event",     "try_send",
      "try_receive",  "close_sender",  "close_receiver", "started",       "start_soon",
      "spawn",        "cancel",        "remote_cancel",  "cancel_handle", "set_deadline",
      "lower_shield", "raise_shield",  "fail",           "scope",         "limit",
      "fail_limit",   "shield",        "group",          "cleanup",       "locked",
      "permitted",    "hold_sender",   "hold_receiver",  "swallow",       "catch_errors"};
  return names[static_cast<std::size_t>(k)];
}

void print(const block& b, int depth, std::string& out) {
  for (const statement& s : b) {
    out.append(static_cast<std::size_t>(depth) * 2, ' ');
    out += std::to_string(s.id) + ": " + name(s.what);
    if (s.target != 0 || s.what < kind::scope) out += " #" + std::to_string(s.target);
    if (s.time != 0 || s.has_time) out += " " + std::to_string(s.time) + "ns";
    if (s.shielded) out += " shielded";
    out += " then " + std::to_string(s.then) + "ns\n";
    print(s.body, depth + 1, out);
    if (s.what == kind::cleanup) {
      out.append(static_cast<std::size_t>(depth) * 2, ' ');
      out += "finally\n";
      print(s.other, depth + 1, out);
    }
  }
}

}  // namespace

program generate(std::uint64_t seed, std::size_t statements) {
  return generator{seed, statements}.make();
}

std::string text(const program& p) {
  std::string out = "seed " + std::to_string(p.seed) + ", semaphores";
  for (const int n : p.semaphores)
    out += " " + std::to_string(n);
  out += ", streams";
  for (const std::size_t n : p.capacity)
    out += " " + std::to_string(n);
  out += "\n";
  print(p.root, 0, out);
  return out;
}

std::size_t count(const block& b) {
  std::size_t n = 0;
  for (const statement& s : b)
    n += 1 + count(s.body) + count(s.other);
  return n;
}

}  // namespace comcp::model
