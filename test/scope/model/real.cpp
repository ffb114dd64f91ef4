// Runs a program on comcp, on a virtual shard.

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "comcp/scope/scope.hpp"
#include "comcp/testing/virtual_time.hpp"
#include "program.hpp"

namespace comcp::model {

namespace {

struct named_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string to_text(const boost::system::error_code& ec) {
  if (ec == stream_error::closed_resource) return "closed";
  if (ec == stream_error::broken_resource) return "broken";
  if (ec == stream_error::end_of_stream) return "end";
  if (ec == stream_error::would_block) return "would_block";
  return ec ? ec.message() : "ok";
}

std::string to_text(const std::exception_ptr& error) {
  if (!error) return "ok";
  if (is_cancelled(error)) return "cancelled";
  try {
    std::rethrow_exception(error);
  } catch (const exception_group& g) {
    std::vector<std::string> parts;
    for (const std::exception_ptr& e : g.exceptions())
      parts.push_back(to_text(e));
    std::sort(parts.begin(), parts.end());
    std::string out = "[";
    for (const std::string& part : parts)
      out += (out.size() == 1 ? "" : " ") + part;
    return out + "]";
  } catch (const named_error& e) {
    return e.what();
  } catch (const boost::system::system_error& e) {
    return to_text(e.code());
  } catch (const timeout_error&) {
    return "timeout";
  } catch (const task_cancelled&) {
    return "task_cancelled";
  } catch (const std::logic_error&) {
    return "logic";
  } catch (...) {
    return "something else";
  }
}

duration ns(std::int64_t n) {
  return std::chrono::duration_cast<duration>(std::chrono::nanoseconds{n});
}

void throw_if_cancelled() {
  if (current_scope().effectively_cancelled()) throw cancelled{"before a block"};
}

class machine {
 public:
  machine(const program& p, testing::virtual_shard& shard)
      : program_{p},
        shard_{shard},
        start_{shard.now()},
        scopes_(size(p)),
        groups_(size(p)),
        handles_(size(p)),
        statuses_(size(p)),
        events_(static_cast<std::size_t>(p.events)),
        locks_(static_cast<std::size_t>(p.locks)) {
    for (const int n : p.semaphores)
      semaphores_.emplace_back(static_cast<std::size_t>(n));
    for (const std::size_t n : p.capacity)
      streams_.push_back(make_memory_stream<int>(n));
  }

  awaitable<void> root() { return run(program_.root); }

  void note(int id, const std::string& what) {
    const auto now = std::chrono::duration_cast<std::chrono::nanoseconds>(shard_.now() - start_);
    record_.push_back(std::to_string(id) + ": " + what + " @ " + std::to_string(now.count()));
  }

  record take() {
    std::sort(record_.begin(), record_.end());
    return std::move(record_);
  }

 private:
  static std::size_t size(const program& p) { return static_cast<std::size_t>(p.last_id) + 1; }
  template <class V>
  static auto& in(V& v, int i) {
    return v[static_cast<std::size_t>(i)];
  }

  static scope_options options(const statement& s, scope_outcome& outcome) {
    scope_options o;
    o.outcome(outcome).shield(s.shielded);
    if (s.has_time) o.after(ns(s.time));
    return o;
  }

  auto body(const statement& s) {
    return [this, &s](cancel_scope& scope) {
      in(scopes_, s.id) = &scope;
      return run(s.body);
    };
  }

  auto group_body(const statement& s) {
    return [this, &s](task_group& g) {
      in(scopes_, s.id) = &g.scope();
      in(groups_, s.id) = &g;
      return run(s.body);
    };
  }

  awaitable<void> run(const block& code) {
    for (const statement& s : code) {
      if (s.what <= kind::start) {
        co_await wait(s);
        continue;
      }
      if (s.what < kind::scope) {
        act(s);
        if (s.what == kind::remote_cancel) co_await shielded([&s] { return sleep(ns(s.then)); });
        continue;
      }
      if (s.what >= kind::cleanup) throw_if_cancelled();
      std::exception_ptr error;
      scope_outcome outcome;
      try {
        switch (s.what) {
          case kind::scope:
            co_await with_cancel_scope(body(s), options(s, outcome));
            break;
          case kind::limit:
            co_await move_on_after(ns(s.time), body(s), options(s, outcome));
            break;
          case kind::fail_limit:
            co_await fail_after(ns(s.time), body(s), options(s, outcome));
            break;
          case kind::shield:
            co_await shielded(body(s), options(s, outcome));
            break;
          case kind::group:
            co_await with_task_group(group_body(s), options(s, outcome));
            break;
          case kind::cleanup:
            co_await with_cleanup([this, &s] { return run(s.body); },
                                  [this, &s] { return run(s.other); }, ns(s.time));
            break;
          case kind::locked:
          case kind::permitted:
            co_await take(s);
            continue;
          case kind::hold_sender:
          case kind::hold_receiver:
            co_await hold(s);
            continue;
          default:
            co_await run(s.body);
            continue;
        }
      } catch (...) {
        error = std::current_exception();
      }
      if (s.what == kind::swallow || s.what == kind::catch_errors) {
        if (is_cancelled(error) != (s.what == kind::swallow)) std::rethrow_exception(error);
        note(s.id, s.what == kind::swallow ? "swallowed" : "caught " + to_text(error));
        if (s.what == kind::swallow) co_await shielded([&s] { return sleep(ns(s.then)); });
        continue;
      }
      if (s.what >= kind::locked) std::rethrow_exception(error);
      if (s.what == kind::cleanup) {
        note(s.id, "cleaned up, " + to_text(error));
      } else {
        in(scopes_, s.id) = nullptr;
        static const char* const names[] = {"nobody", "call", "deadline", "child"};
        note(s.id, to_text(error) + (outcome.cancelled_caught ? ", caught" : "") +
                       ", cancelled by " + names[static_cast<std::size_t>(outcome.why)]);
      }
      if (!error) {
        co_await sleep(ns(s.then));
        continue;
      }
      if (!is_cancelled(error)) co_await shielded([&s] { return sleep(ns(s.then)); });
      std::rethrow_exception(error);
    }
  }

  awaitable<void> take(const statement& s) {
    lock::guard held;
    semaphore::permit permit;
    if (s.what == kind::locked) {
      held = co_await in(locks_, s.target).acquire();
    } else {
      permit = co_await in(semaphores_, s.target).acquire();
    }
    note(s.id, "ok");
    co_await sleep(ns(s.then));
    throw_if_cancelled();
    co_await run(s.body);
  }

  awaitable<void> hold(const statement& s) {
    std::exception_ptr error;
    send_stream<int> sender;
    receive_stream<int> receiver;
    try {
      if (s.what == kind::hold_sender) {
        sender = in(streams_, s.target).first.clone();
      } else {
        receiver = in(streams_, s.target).second.clone();
      }
    } catch (...) {
      error = std::current_exception();
      note(s.id, to_text(error));
    }
    if (error) {
      co_await shielded([&s] { return sleep(ns(s.then)); });
      std::rethrow_exception(error);
    }
    co_await run(s.body);
  }

  awaitable<void> wait(const statement& s) {
    std::exception_ptr error;
    std::string result = "ok";
    try {
      switch (s.what) {
        case kind::sleep:
          co_await sleep(ns(s.time));
          break;
        case kind::checkpoint:
          co_await checkpoint();
          break;
        case kind::wait_event:
          co_await in(events_, s.target).wait();
          break;
        case kind::send:
          throw_if_cancelled();  // or it might say "closed"
          co_await in(streams_, s.target).first.send(s.id);
          break;
        case kind::receive: {
          throw_if_cancelled();
          const int got = co_await in(streams_, s.target).second.receive();
          result = "got " + std::to_string(got);
          break;
        }
        case kind::wait_handle:
          throw_if_cancelled();
          if (in(handles_, s.target)) co_await in(handles_, s.target)->wait();
          break;
        case kind::result_handle:
          throw_if_cancelled();  // a result that is there needs no suspension
          if (in(handles_, s.target)) co_await in(handles_, s.target)->result();
          break;
        default:
          co_await in(groups_, s.target)->start<int>([this, &s](task_status<int> status) {
            in(statuses_, s.id).emplace(std::move(status));
            return child(s);
          });
          break;
      }
    } catch (...) {
      error = std::current_exception();
    }
    if (is_cancelled(error)) std::rethrow_exception(error);
    note(s.id, error ? to_text(error) : result);
    if (!error) {
      co_await sleep(ns(s.then));
      co_return;
    }
    co_await shielded([&s] { return sleep(ns(s.then)); });
    std::rethrow_exception(error);
  }

  awaitable<void> child(const statement& s) {
    note(s.id, "begins");
    std::exception_ptr error;
    try {
      co_await run(s.body);
    } catch (...) {
      error = std::current_exception();
    }
    note(s.id, "child " + to_text(error));
    if (error) std::rethrow_exception(error);
  }

  void act(const statement& s) {
    cancel_scope* scope = in(scopes_, s.target);
    switch (s.what) {
      case kind::set_event:
        in(events_, s.target).set();
        break;
      case kind::try_send: {
        int item = s.id;
        note(s.id, to_text(in(streams_, s.target).first.try_send(item)));
        break;
      }
      case kind::try_receive: {
        boost::system::error_code ec;
        const std::optional<int> item = in(streams_, s.target).second.try_receive(ec);
        note(s.id, item ? "got " + std::to_string(*item) : to_text(ec));
        break;
      }
      case kind::close_sender:
        in(streams_, s.target).first.close();
        break;
      case kind::close_receiver:
        in(streams_, s.target).second.close();
        break;
      case kind::started:
        std::move(*in(statuses_, s.target)).started(s.id);
        break;
      case kind::start_soon:
        in(groups_, s.target)->start_soon([this, &s] { return child(s); });
        break;
      case kind::spawn:
        in(handles_, s.id).emplace(in(groups_, s.target)->spawn([this, &s] { return child(s); }));
        break;
      case kind::cancel:
        if (scope) scope->cancel("by a statement");
        break;
      case kind::remote_cancel:
        if (scope) scope->remote().cancel("from afar");
        break;
      case kind::cancel_handle:
        if (in(handles_, s.target)) in(handles_, s.target)->cancel();
        break;
      case kind::set_deadline:
        if (scope) scope->deadline(this_shard().now() + ns(s.time));
        break;
      case kind::lower_shield:
      case kind::raise_shield:
        if (scope) scope->shield(s.what == kind::raise_shield);
        break;
      default:
        throw named_error{"E" + std::to_string(s.id)};
    }
  }

  const program& program_;
  testing::virtual_shard& shard_;
  time_point start_;
  std::vector<cancel_scope*> scopes_;  // alive ones
  std::vector<task_group*> groups_;
  std::vector<std::optional<task_handle<void>>> handles_;
  std::vector<std::optional<task_status<int>>> statuses_;
  std::deque<event> events_;
  std::deque<lock> locks_;
  std::deque<semaphore> semaphores_;
  std::vector<std::pair<send_stream<int>, receive_stream<int>>> streams_;
  record record_;
};

}  // namespace

record run_real(const program& p) {
  testing::virtual_shard shard;
  machine m{p, shard};
  std::exception_ptr error;
  try {
    shard.run([&m] { return m.root(); });
  } catch (...) {
    error = std::current_exception();
  }
  m.note(0, "root " + to_text(error));
  record out = m.take();
  if (const std::string left = shard.leftovers(); !left.empty()) out.push_back("left:\n" + left);
  return out;
}

}  // namespace comcp::model
