// The reference: an interpreter of programs that follows the document, in the plainest way. No
// coroutines, nothing cached, nothing of comcp but the program.
//
// A task is a stack of frames. It runs until it waits; then the next one that is ready runs; when
// none is, time goes to the next moment at which something is due.

#include <algorithm>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

#include "program.hpp"

namespace comcp::model {

namespace {

using nanoseconds = std::int64_t;
constexpr nanoseconds never = std::numeric_limits<nanoseconds>::max();
constexpr int nobody = -1;

/// An error: one by name, or a group.
struct failure {
  std::string name;  // empty: a group
  std::vector<failure> inner;
};

std::string to_text(const failure& f) {
  if (!f.name.empty()) return f.name;
  std::vector<std::string> parts;
  for (const failure& e : f.inner)
    parts.push_back(to_text(e));
  std::sort(parts.begin(), parts.end());
  std::string out = "[";
  for (const std::string& part : parts)
    out += (out.size() == 1 ? "" : " ") + part;
  return out + "]";
}

/// How a piece of a program ends.
struct ending {
  enum { normal, cancelled, failed } how = normal;
  failure error;

  bool is_normal() const { return how == normal; }
  bool is_cancelled() const { return how == cancelled; }
  bool is_failed() const { return how == failed; }
};

ending failed_with(failure f) {
  return {ending::failed, std::move(f)};
}
ending failed_with(const std::string& name) {
  return failed_with(failure{name, {}});
}
const ending cancellation{ending::cancelled, {}};

std::string to_text(const ending& e) {
  return e.is_normal() ? "ok" : e.is_cancelled() ? "cancelled" : to_text(e.error);
}

const failure cancelled_by_nobody{"cancelled", {}};

/// Takes the cancellations out of a group.
ending without_cancelled(const failure& f) {
  if (!f.name.empty()) return f.name == "cancelled" ? ending{} : failed_with(f);
  failure out;
  for (const failure& inner : f.inner) {
    ending e = without_cancelled(inner);
    if (e.is_failed()) out.inner.push_back(std::move(e.error));
  }
  return out.inner.empty() ? ending{} : failed_with(std::move(out));
}

enum class cause { none, explicit_call, deadline, child_failed };

struct scope {
  bool alive = false;
  int parent = nobody;
  bool shield = false;
  nanoseconds deadline = never;
  cause why = cause::none;
};

struct group {
  int children = 0;
  int host = nobody;  // task
  bool joining = false;
  bool cancelled_while_joining = false;
  bool host_cancelled = false;
  std::vector<failure> errors;
};

/// What a task runs: the rest of a block, and what stands around it.
struct frame {
  const block* code;
  const statement* owner;  // null: the root task
  std::size_t at = 0;
  bool is_cleanup = false;
  ending body{};  // how the body ended that this cleans up after
};

/// What a task does when it goes on.
enum class next { run, end_of_wait, raise, go_on, finish_group };

struct task {
  int id = nobody;  // of the statement that started it
  int scope = nobody;
  bool alive = true;
  std::vector<frame> stack;
  next then = next::run;
  ending got;     // with what it goes on
  ending raised;  // what it throws after its pause
  const statement* doing = nullptr;
  bool waiting = false;
  bool cancellable = false;
  nanoseconds until = never;
  int value = 0;  // received
};

struct handle {
  enum { none, running, ended } state = none;
  bool started = false;
  int task = nobody;
  int starter = nobody;  // the task that waits in start()
  bool starter_cancelled = false;
  ending result;
  bool was_cancelled = false;  // and the tree knows why
  std::vector<int> waiters;
};

struct stream {
  std::size_t capacity;
  int senders = 1;
  int receivers = 1;
  bool sender_open = true;
  bool receiver_open = true;
  std::deque<int> buffer;
  std::vector<std::pair<int, int>> sending;  // task, item
  std::vector<int> receiving;
};

struct permits {
  int value;
  std::vector<int> waiters;
};

struct mutex {
  int owner = nobody;
  std::vector<int> waiters;
};

int take_first(std::vector<int>& v) {
  const int first = v.front();
  v.erase(v.begin());
  return first;
}

class reference {
 public:
  explicit reference(const program& p)
      : scopes_(size(p)), groups_(size(p)), handles_(size(p)), event_set_(size(p)) {
    locks_.resize(static_cast<std::size_t>(p.locks));
    events_.resize(static_cast<std::size_t>(p.events));
    for (const int n : p.semaphores)
      semaphores_.push_back({n, {}});
    for (const std::size_t n : p.capacity) {
      stream s{};
      s.capacity = n;
      streams_.push_back(std::move(s));
    }
    scopes_[0].alive = true;
    task root;
    root.id = 0;
    root.scope = 0;
    root.stack.push_back({&p.root, nullptr});
    tasks_.push_back(std::move(root));
    ready_.push_back({0, nobody});
  }

  record run() {
    for (;;) {
      while (!ready_.empty()) {
        const auto [who, cancels] = ready_.front();
        ready_.pop_front();
        if (who == nobody) {
          if (scope_at(cancels).alive) cancel(cancels, cause::explicit_call);
        } else {
          run(who);
        }
      }
      if (!advance()) break;
    }
    for (const task& t : tasks_) {
      if (t.alive) note(t.id, "hangs");
    }
    std::sort(record_.begin(), record_.end());
    return std::move(record_);
  }

 private:
  static std::size_t size(const program& p) { return static_cast<std::size_t>(p.last_id) + 1; }
  scope& scope_at(int id) { return scopes_[static_cast<std::size_t>(id)]; }
  group& group_at(int id) { return groups_[static_cast<std::size_t>(id)]; }
  handle& handle_at(int id) { return handles_[static_cast<std::size_t>(id)]; }
  stream& stream_at(int id) { return streams_[static_cast<std::size_t>(id)]; }
  task& task_at(int id) { return tasks_[static_cast<std::size_t>(id)]; }

  void note(int id, const std::string& what) {
    record_.push_back(std::to_string(id) + ": " + what + " @ " + std::to_string(now_));
  }

  // --- scopes ---

  bool cancelled_outside(int s) {
    const scope& it = scope_at(s);
    return !it.shield && it.parent != nobody && effective(it.parent);
  }
  bool effective(int s) { return scope_at(s).why != cause::none || cancelled_outside(s); }
  bool absorbs(int s) { return scope_at(s).why != cause::none && !cancelled_outside(s); }

  void open(int s, int parent, const statement& options) {
    scope& it = scope_at(s);
    it.alive = true;
    it.parent = parent;
    it.shield = options.shielded;
    if (options.has_time) set_deadline(s, now_ + options.time);
  }

  void set_deadline(int s, nanoseconds due) {
    scope& it = scope_at(s);
    if (it.why != cause::none) return;
    it.deadline = due;
    if (due <= now_) cancel(s, cause::deadline);
  }

  void cancel(int s, cause why) {
    scope& it = scope_at(s);
    if (it.why != cause::none) return;
    it.why = why;
    it.deadline = never;
    deliver();
  }

  /// Whoever waits in a cancelled scope stops waiting.
  void deliver() {
    for (std::size_t i = 0; i != tasks_.size(); ++i) {
      task& t = tasks_[i];
      if (!t.alive || !t.waiting || !t.cancellable || !effective(t.scope)) continue;
      if (t.doing && t.doing->what == kind::start && t.then == next::end_of_wait) {
        handle& child = handle_at(t.doing->id);
        child.starter_cancelled = true;  // and waits on
        cancel(t.doing->id, cause::explicit_call);
        continue;
      }
      const int me = static_cast<int>(i);
      for (auto& e : events_)
        std::erase(e, me);
      for (auto& l : locks_)
        std::erase(l.waiters, me);
      for (auto& s : semaphores_)
        std::erase(s.waiters, me);
      for (auto& h : handles_)
        std::erase(h.waiters, me);
      for (auto& s : streams_) {
        std::erase(s.receiving, me);
        std::erase_if(s.sending, [me](const auto& entry) { return entry.first == me; });
      }
      wake(me, cancellation);
    }
  }

  // --- tasks ---

  void wake(int who, ending with = {}) {
    task& t = task_at(who);
    t.waiting = false;
    t.until = never;
    t.got = std::move(with);
    ready_.push_back({who, nobody});
  }

  /// The task waits; somebody wakes it.
  void wait(task& t, next then, bool cancellable = true, nanoseconds until = never) {
    t.waiting = true;
    t.then = then;
    t.cancellable = cancellable;
    t.until = until;
  }

  /// The task lets others run.
  void yield(task& t, next then) {
    wait(t, then, false);
    wake(index(t));
  }

  int index(const task& t) const { return static_cast<int>(&t - tasks_.data()); }

  bool advance() {
    nanoseconds soonest = never;
    for (const task& t : tasks_) {
      if (t.alive && t.waiting) soonest = std::min(soonest, t.until);
    }
    for (const scope& s : scopes_) {
      if (s.alive) soonest = std::min(soonest, s.deadline);
    }
    if (soonest == never) return false;
    now_ = soonest;
    for (std::size_t i = 0; i != scopes_.size(); ++i) {
      if (scopes_[i].alive && scopes_[i].deadline <= now_) {
        cancel(static_cast<int>(i), cause::deadline);
      }
    }
    for (std::size_t i = 0; i != tasks_.size(); ++i) {
      if (tasks_[i].alive && tasks_[i].waiting && tasks_[i].until <= now_) {
        wake(static_cast<int>(i));
      }
    }
    return true;
  }

  void begin_child(const statement& s, bool own_scope) {
    if (own_scope) {
      statement no_options;
      open(s.id, s.target, no_options);
      handle_at(s.id).state = handle::running;
      handle_at(s.id).task = static_cast<int>(tasks_.size());
    }
    ++group_at(s.target).children;
    task child;
    child.id = s.id;
    child.scope = own_scope ? s.id : s.target;
    child.stack.push_back({&s.body, &s});
    tasks_.push_back(std::move(child));  // no reference to a task is used after this
    ready_.push_back({static_cast<int>(tasks_.size()) - 1, nobody});
  }

  void end_of_child(int who, ending how) {
    task& t = task_at(who);
    const statement& s = *t.stack.front().owner;
    t.alive = false;
    t.stack.clear();
    note(s.id, "child " + to_text(how));
    const bool explained = effective(t.scope);
    bool for_group = true;
    if (s.what != kind::start_soon) {
      scope_at(s.id).alive = false;
      handle& h = handle_at(s.id);
      h.state = handle::ended;
      h.result = how;
      h.was_cancelled = how.is_cancelled() && explained;
      if (h.starter != nobody) for_group = end_of_start(h, how);
    }
    if (for_group) child_failed(s.target, how, explained);
    if (s.what != kind::start_soon) {
      for (const int waiter : std::exchange(handle_at(s.id).waiters, {}))
        wake(waiter);
    }
    group& g = group_at(s.target);
    if (--g.children == 0 && g.joining) {
      g.joining = false;
      g.cancelled_while_joining = cancelled_outside(s.target);
      wake(g.host);
    }
  }

  /// The child has ended while its starter waits. Whether the group shall know of an error.
  bool end_of_start(handle& h, const ending& how) {
    const int starter = std::exchange(h.starter, nobody);
    const bool failed = !how.is_normal() && !h.was_cancelled;
    if (h.started) {  // too late for the starter, who was cancelled: the group's child now
      wake(starter, cancellation);
      return true;
    }
    if (failed) {
      wake(starter, how);
    } else if (h.starter_cancelled) {
      wake(starter, cancellation);
    } else if (h.was_cancelled) {
      wake(starter, failed_with("task_cancelled"));
    } else {
      wake(starter, failed_with("logic"));
    }
    return false;
  }

  void child_failed(int g, const ending& how, bool explained) {
    ending left = how;
    if (how.is_cancelled()) left = explained ? ending{} : failed_with(cancelled_by_nobody);
    if (how.is_failed() && how.error.name.empty() && explained) left = without_cancelled(how.error);
    if (!left.is_failed()) return;
    group_at(g).errors.push_back(left.error);
    cancel(g, cause::child_failed);
  }

  // --- statements ---

  void run(int who) {
    task* t = &task_at(who);
    ending how = std::exchange(t->got, {});
    switch (std::exchange(t->then, next::run)) {
      case next::run:
        if (t->stack.size() == 1 && t->stack[0].owner) note(t->id, "begins");
        break;
      case next::end_of_wait:
        if (end_of_wait(*t, how)) return;
        break;
      case next::raise:
        how = std::exchange(t->raised, {});
        break;
      case next::go_on:
        break;
      case next::finish_group:
        how = finish_group(*t);
        if (after_scope(*t, how)) return;
        break;
    }
    for (;;) {
      t = &task_at(who);
      frame& f = t->stack.back();
      if (how.is_normal() && f.at != f.code->size()) {
        const statement& s = (*f.code)[f.at++];
        if (execute(who, s, how)) return;
        continue;
      }
      if (t->stack.size() == 1) {
        if (f.owner) {
          end_of_child(who, how);
        } else {
          t->alive = false;
          note(0, "root " + to_text(how));
        }
        return;
      }
      if (leave(*t, how)) return;
    }
  }

  /// True: the task waits.
  bool sleep_then(task& t, const statement& s) {
    if (effective(t.scope)) return false;
    wait(t, next::go_on, true, now_ + s.then);
    return true;
  }

  /// Something was thrown or caught: the task sleeps in a shield before it goes on with it.
  void pause(task& t, const statement& s, next then, ending how = {}) {
    t.raised = std::move(how);
    wait(t, then, false, now_ + s.then);
  }

  /// A wait that can't begin in a cancelled scope. True: waits, or it ends right away in `how`.
  bool execute(int who, const statement& s, ending& how) {
    task& t = task_at(who);
    t.doing = &s;
    if (s.what <= kind::start || s.what >= kind::cleanup) {
      if (effective(t.scope)) {
        how = cancellation;
        return false;
      }
    }
    switch (s.what) {
      case kind::sleep:
        if (s.time > 0) {
          wait(t, next::end_of_wait, true, now_ + s.time);
        } else {
          yield(t, next::end_of_wait);
        }
        return true;
      case kind::checkpoint:
        yield(t, next::end_of_wait);
        return true;
      case kind::wait_event:
        if (event_set_[static_cast<std::size_t>(s.target)]) {
          yield(t, next::end_of_wait);
        } else {
          wait(t, next::end_of_wait);
          events_[static_cast<std::size_t>(s.target)].push_back(who);
        }
        return true;
      case kind::send:
        send(t, s);
        return true;
      case kind::receive:
        receive(t, s);
        return true;
      case kind::wait_handle:
      case kind::result_handle:
        if (handle_at(s.target).state == handle::none) return end_of_wait(t, how);
        if (handle_at(s.target).state == handle::running) {
          wait(t, next::end_of_wait);
          handle_at(s.target).waiters.push_back(who);
          return true;
        }
        if (s.what == kind::result_handle) return end_of_wait(t, how);
        yield(t, next::end_of_wait);
        return true;
      case kind::start:
        wait(t, next::end_of_wait);
        handle_at(s.id).starter = who;
        begin_child(s, true);
        return true;
      case kind::start_soon:
      case kind::spawn:
        begin_child(s, s.what == kind::spawn);
        return false;
      case kind::set_event:
        event_set_[static_cast<std::size_t>(s.target)] = true;
        for (const int w : std::exchange(events_[static_cast<std::size_t>(s.target)], {}))
          wake(w);
        return false;
      case kind::try_send: {
        int item = s.id;
        note(s.id, put(stream_at(s.target), item));
        return false;
      }
      case kind::try_receive: {
        int item = 0;
        const std::string result = get(stream_at(s.target), item);
        note(s.id, result == "ok" ? "got " + std::to_string(item) : result);
        return false;
      }
      case kind::close_sender:
        if (std::exchange(stream_at(s.target).sender_open, false)) drop_sender(s.target);
        return false;
      case kind::close_receiver:
        if (std::exchange(stream_at(s.target).receiver_open, false)) drop_receiver(s.target);
        return false;
      case kind::started: {
        handle& h = handle_at(s.target);
        h.started = true;
        if (h.starter != nobody && !h.starter_cancelled) wake(std::exchange(h.starter, nobody));
        return false;
      }
      case kind::cancel:
        if (scope_at(s.target).alive) cancel(s.target, cause::explicit_call);
        return false;
      case kind::remote_cancel:
        if (scope_at(s.target).alive) ready_.push_back({nobody, s.target});
        pause(t, s, next::go_on);
        return true;
      case kind::cancel_handle:
        if (handle_at(s.target).state == handle::running) cancel(s.target, cause::explicit_call);
        return false;
      case kind::set_deadline:
        if (scope_at(s.target).alive) set_deadline(s.target, now_ + s.time);
        return false;
      case kind::lower_shield:
      case kind::raise_shield:
        if (scope_at(s.target).alive) {
          scope_at(s.target).shield = s.what == kind::raise_shield;
          deliver();
        }
        return false;
      case kind::fail:
        how = failed_with("E" + std::to_string(s.id));
        return false;
      case kind::scope:
      case kind::limit:
      case kind::fail_limit:
      case kind::shield:
      case kind::group:
        open(s.id, t.scope, s);
        t.scope = s.id;
        if (s.what == kind::group) group_at(s.id).host = who;
        t.stack.push_back({&s.body, &s});
        return false;
      case kind::locked: {
        mutex& l = locks_[static_cast<std::size_t>(s.target)];
        if (l.owner == nobody) {
          l.owner = who;
          yield(t, next::end_of_wait);
        } else {
          wait(t, next::end_of_wait);
          l.waiters.push_back(who);
        }
        return true;
      }
      case kind::permitted: {
        permits& p = semaphores_[static_cast<std::size_t>(s.target)];
        if (p.value > 0) {
          --p.value;
          yield(t, next::end_of_wait);
        } else {
          wait(t, next::end_of_wait);
          p.waiters.push_back(who);
        }
        return true;
      }
      case kind::hold_sender:
      case kind::hold_receiver: {
        stream& st = stream_at(s.target);
        const bool sender = s.what == kind::hold_sender;
        if (!(sender ? st.sender_open : st.receiver_open)) {
          note(s.id, "closed");
          pause(t, s, next::raise, failed_with("closed"));
          return true;
        }
        ++(sender ? st.senders : st.receivers);
        t.stack.push_back({&s.body, &s});
        return false;
      }
      case kind::cleanup:
      case kind::swallow:
      case kind::catch_errors:
        t.stack.push_back({&s.body, &s});
        return false;
    }
    return false;
  }

  /// The wait of a statement is over. True: the task waits again.
  bool end_of_wait(task& t, ending& how) {
    const statement& s = *t.doing;
    if (how.is_cancelled()) return false;
    if (s.what == kind::result_handle && how.is_normal()) {
      const handle& h = handle_at(s.target);
      if (h.state == handle::ended) {
        how = h.was_cancelled ? failed_with("task_cancelled") : h.result;
      }
    }
    if (how.is_cancelled()) return false;
    if (s.what == kind::receive && how.is_normal()) {
      note(s.id, "got " + std::to_string(t.value));
    } else {
      note(s.id, to_text(how));
    }
    if (how.is_failed()) {
      pause(t, s, next::raise, how);
      how = {};
      return true;
    }
    const bool takes = s.what == kind::locked || s.what == kind::permitted;
    if (takes) t.stack.push_back({&s.body, &s});
    if (sleep_then(t, s)) return true;
    how = cancellation;
    return false;
  }

  /// The innermost frame has ended. True: the task waits.
  bool leave(task& t, ending& how) {
    frame f = std::move(t.stack.back());
    t.stack.pop_back();
    const statement& s = *f.owner;
    switch (s.what) {
      case kind::scope:
      case kind::limit:
      case kind::fail_limit:
      case kind::shield:
        end_of_scope(t, s, how);
        return after_scope(t, how);
      case kind::group:
        host_ended(s.id, how);
        t.doing = &s;
        how = {};
        if (group_at(s.id).children == 0) {
          yield(t, next::finish_group);
        } else {
          group_at(s.id).joining = true;
          wait(t, next::finish_group, false);
        }
        return true;
      case kind::cleanup:
        return end_of_cleanup(t, s, f, how);
      case kind::locked: {
        mutex& l = locks_[static_cast<std::size_t>(s.target)];
        l.owner = nobody;
        if (!l.waiters.empty()) wake(l.owner = take_first(l.waiters));
        return false;
      }
      case kind::permitted: {
        permits& p = semaphores_[static_cast<std::size_t>(s.target)];
        if (p.waiters.empty()) {
          ++p.value;
        } else {
          wake(take_first(p.waiters));
        }
        return false;
      }
      case kind::hold_sender:
        drop_sender(s.target);
        return false;
      case kind::hold_receiver:
        drop_receiver(s.target);
        return false;
      case kind::swallow:
        if (!how.is_cancelled()) return false;
        note(s.id, "swallowed");
        how = {};
        pause(t, s, next::go_on);
        return true;
      case kind::catch_errors:
        if (!how.is_failed()) return false;
        note(s.id, "caught " + to_text(how));
        how = {};
        return false;
      default:
        return false;
    }
  }

  /// Absorbs what is the scope's own, and takes the task out of it.
  bool end_of_scope_alone(task& t, int s, ending& how) {
    bool caught = false;
    if (absorbs(s)) {
      if (how.is_cancelled()) {
        caught = true;
        how = {};
      } else if (how.is_failed() && how.error.name.empty()) {
        how = without_cancelled(how.error);
        caught = how.is_normal();
      }
    }
    t.scope = scope_at(s).parent;
    scope_at(s).alive = false;
    return caught;
  }

  void end_of_scope(task& t, const statement& s, ending& how) {
    const bool caught = end_of_scope_alone(t, s.id, how);
    t.doing = &s;
    if (s.what == kind::fail_limit && caught && scope_at(s.id).why == cause::deadline) {
      how = failed_with("timeout");
    }
    note_scope(s, how, caught);
  }

  void note_scope(const statement& s, const ending& how, bool caught) {
    static const char* const names[] = {"nobody", "call", "deadline", "child"};
    note(s.id, to_text(how) + (caught ? ", caught" : "") + ", cancelled by " +
                   names[static_cast<std::size_t>(scope_at(s.id).why)]);
  }

  /// What follows a scope, group or cleanup. True: the task waits.
  bool after_scope(task& t, ending& how) {
    if (how.is_cancelled()) return false;
    if (how.is_failed()) {
      pause(t, *t.doing, next::raise, how);
      return true;
    }
    if (sleep_then(t, *t.doing)) return true;
    how = cancellation;
    return false;
  }

  void host_ended(int id, const ending& how) {
    group& g = group_at(id);
    const bool explained = effective(id);
    if (how.is_cancelled() && explained) {
      g.host_cancelled = true;
    } else if (!how.is_normal()) {
      ending left = how.is_cancelled() ? failed_with(cancelled_by_nobody) : how;
      if (explained && left.error.name.empty()) left = without_cancelled(left.error);
      if (left.is_failed()) {
        g.errors.push_back(left.error);
        cancel(id, cause::child_failed);
      } else {
        g.host_cancelled = true;
      }
    }
  }

  ending finish_group(task& t) {
    const statement& s = *t.doing;
    group& g = group_at(s.id);
    const bool own = absorbs(s.id);
    const bool caught = g.host_cancelled && own && g.errors.empty();
    t.scope = scope_at(s.id).parent;
    scope_at(s.id).alive = false;
    ending how;
    if (!g.errors.empty()) {
      how = failed_with(failure{"", g.errors});
    } else if (g.host_cancelled && !own) {
      how = cancellation;
    } else if (g.cancelled_while_joining && !g.host_cancelled) {
      how = cancellation;
    }
    note_scope(s, how, caught);
    return how;
  }

  bool end_of_cleanup(task& t, const statement& s, frame& f, ending& how) {
    if (!f.is_cleanup) {
      statement options;
      options.has_time = true;
      options.shielded = true;
      options.time = s.time;
      open(s.id, t.scope, options);
      t.scope = s.id;
      t.stack.push_back({&s.other, &s, 0, true, std::exchange(how, {})});
      return false;
    }
    end_of_scope_alone(t, s.id, how);
    const ending& body = f.body;
    if (how.is_normal() || (how.is_cancelled() && !body.is_normal())) {
      how = body;
    } else if (how.is_failed() && body.is_failed()) {
      how = failed_with(failure{"", {body.error, how.error}});
    }
    t.doing = &s;
    note(s.id, "cleaned up, " + to_text(how));
    return after_scope(t, how);
  }

  // --- streams ---

  std::string put(stream& s, int item) {
    if (!s.sender_open) return "closed";
    if (s.receivers == 0) return "broken";
    if (!s.receiving.empty()) {
      const int who = take_first(s.receiving);
      task_at(who).value = item;
      wake(who);
      return "ok";
    }
    if (s.buffer.size() >= s.capacity) return "would_block";
    s.buffer.push_back(item);
    return "ok";
  }

  std::string get(stream& s, int& item) {
    if (!s.receiver_open) return "closed";
    if (s.buffer.empty() && s.sending.empty()) return s.senders == 0 ? "end" : "would_block";
    if (!s.sending.empty()) {
      s.buffer.push_back(s.sending.front().second);
      wake(s.sending.front().first);
      s.sending.erase(s.sending.begin());
    }
    item = s.buffer.front();
    s.buffer.pop_front();
    return "ok";
  }

  void send(task& t, const statement& s) {
    stream& st = stream_at(s.target);
    const std::string result = put(st, s.id);
    wait(t, next::end_of_wait);
    if (result == "would_block") {
      st.sending.emplace_back(index(t), s.id);
    } else {
      wake(index(t), result == "ok" ? ending{} : failed_with(result));
    }
  }

  void receive(task& t, const statement& s) {
    stream& st = stream_at(s.target);
    const std::string result = get(st, t.value);
    wait(t, next::end_of_wait);
    if (result == "would_block") {
      st.receiving.push_back(index(t));
    } else {
      wake(index(t), result == "ok" ? ending{} : failed_with(result));
    }
  }

  void drop_sender(int id) {
    stream& s = stream_at(id);
    if (--s.senders != 0) return;
    for (const int who : std::exchange(s.receiving, {}))
      wake(who, failed_with("end"));
  }
  void drop_receiver(int id) {
    stream& s = stream_at(id);
    if (--s.receivers != 0) return;
    for (const auto& [who, item] : std::exchange(s.sending, {}))
      wake(who, failed_with("broken"));
  }

  nanoseconds now_ = 0;
  std::vector<scope> scopes_;
  std::vector<group> groups_;
  std::vector<handle> handles_;
  std::vector<bool> event_set_;
  std::vector<std::vector<int>> events_;
  std::vector<mutex> locks_;
  std::vector<permits> semaphores_;
  std::vector<stream> streams_;
  std::vector<task> tasks_;
  std::deque<std::pair<int, int>> ready_;  // a task, or nobody and a scope to cancel
  record record_;
};

}  // namespace

record run_reference(const program& p) {
  return reference{p}.run();
}

}  // namespace comcp::model
