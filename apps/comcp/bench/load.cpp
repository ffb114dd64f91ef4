#include "bench/load.hpp"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "bench/request_text.hpp"
#include "bench/socket_address.hpp"
#include "comcp/protocol/methods.hpp"

namespace comcp::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto tick_length = 100ms;
constexpr auto goodbye_limit = 1s;

double own_cpu() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

int wait_for(int epoll, std::array<epoll_event, 128>& events, steady::duration left) {
  const auto size = static_cast<int>(events.size());
  static bool has_precise = true;
  if (has_precise) {
    timespec limit{};
    limit.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
    limit.tv_nsec = (left % std::chrono::seconds(1)).count();
    const int n = ::epoll_pwait2(epoll, events.data(), size, &limit, nullptr);
    if (n >= 0 || errno != ENOSYS) return n;
    has_precise = false;  // Linux before 5.11, valgrind
  }
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(left);
  return ::epoll_wait(epoll, events.data(), size, static_cast<int>(whole.count()));
}

bool is_local(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

double seconds_between(steady::time_point a, steady::time_point b) {
  return std::max(0.0, std::chrono::duration<double>(b - a).count());
}

}  // namespace

load::load(const bench_options& options, const std::atomic<bool>& stop)
    : options_(options),
      stop_(stop),
      schedule_(options),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      first_id_(first_id),
      // A multiple of what is in flight: a process's answers find their slots by the remainder.
      id_range_(static_cast<std::uint32_t>(id_count - id_count % options.in_flight)) {
  if (epoll_ < 0) throw std::runtime_error("no epoll");
  if (!options.revision.empty()) rules_ = protocol::find_rules(options.revision);
}

load::~load() {
  ::close(epoll_);
}

void load::watch(int fd, std::uint32_t events, pollable& by) {
  epoll_event e{};
  e.events = events;
  e.data.ptr = &by;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &e) != 0) throw std::runtime_error("epoll_ctl");
}

void load::change(int fd, std::uint32_t events, pollable& by) {
  epoll_event e{};
  e.events = events;
  e.data.ptr = &by;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &e);
}

void load::forget(slot& s) {
  std::erase(idle_, &s);
  std::erase(resting_, &s);
}

void load::answered(steady::time_point due) noexcept {
  --in_flight_;
  if (stage_ == stage::measuring) ++counts().in_time;
  if (due < schedule_.measured_from()) return;
  ++counts().answers;
  counts().latency.add(static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(steady::now() - due).count()));
}

void load::failed(failure kind, std::string_view sample) {
  --in_flight_;
  counts().fail(kind, sample);
}

void load::settle(const protocol::rules& rules) {
  if (rules_) return;
  rules_ = &rules;
  for (std::size_t i = 1; i < clients_.size(); ++i)
    clients_[i]->open();
}

bool load::tries_newest() const noexcept {
  return !rules_ && protocol::find_method(options_.method)->exists_in(protocol::newest());
}

void load::opened() {
  if (++opened_ == clients_.size()) schedule_.begin(steady::now());
}

bool load::fatal(const std::string& why) {
  if (opened_ == clients_.size()) return false;
  if (result_.fatal.empty()) result_.fatal = why;
  return true;
}

void load::add_clients() {
  endpoint_address to;
  socket_address address;
  if (!options_.stdio) {
    to = parse_url(options_.url);
    address = reachable_address(to);
  }
  for (std::size_t i = 0; i < options_.connections; ++i)
    clients_.push_back(options_.stdio ? make_stdio_client(*this)
                                      : make_http_client(*this, to, address));
  // When the revision isn't known the first finds out.
  const std::size_t ready = rules_ ? clients_.size() : 1;
  for (std::size_t i = 0; i < ready; ++i)
    clients_[i]->open();
  if (options_.stdio) return;
  if (options_.pid > 0) {
    result_.pids.push_back(static_cast<pid_t>(options_.pid));
  } else if (is_local(to.host)) {
    if (const auto found = listener_on(static_cast<std::uint16_t>(std::stoi(to.port))))
      result_.pids.push_back(*found);
  }
}

double load::server_cpu(bool last) {
  if (options_.stdio) {
    result_.pids.clear();
    for (const auto& c : clients_) {
      if (c->pid() > 0) result_.pids.push_back(c->pid());
    }
  }
  double out = 0;
  for (const pid_t pid : result_.pids) {
    const auto used = usage_of(pid);
    if (!used) continue;
    out += used->cpu_seconds;
    if (!last) continue;
    result_.server.rss_kib += used->rss_kib;
    result_.server.peak_rss_kib += used->peak_rss_kib;
  }
  return out;
}

void load::begin_measuring(steady::time_point now) {
  if (stage_ != stage::before || opened_ < clients_.size() || now < schedule_.measured_from())
    return;
  stage_ = stage::measuring;
  measuring_since_ = now;
  counts().start_over();
  server_cpu_at_start_ = server_cpu(false);
  own_cpu_at_start_ = own_cpu();
}

void load::end_measuring(steady::time_point now) {
  if (stage_ == stage::before) counts().start_over();
  if (stage_ == stage::measuring) {
    result_.seconds = seconds_between(measuring_since_, now);
    result_.server_cpu_seconds = std::max(0.0, server_cpu(true) - server_cpu_at_start_);
    result_.own_cpu_seconds = own_cpu() - own_cpu_at_start_;
  }
  stage_ = stage::after;
}

void load::feed() {
  while (!idle_.empty()) {
    const auto now = steady::now();
    begin_measuring(now);
    const auto due = schedule_.take(now);
    if (!due) break;
    slot* const next = idle_.front();
    idle_.pop_front();
    next->send(*due);
  }
  for (client* const c : touched_)
    c->flush();
  touched_.clear();
}

void load::poll(steady::time_point until) {
  const auto left = std::max(steady::duration::zero(), until - steady::now());
  std::array<epoll_event, 128> events;
  const int n = wait_for(epoll_, events, left);
  for (int i = 0; i < n; ++i) {
    const epoll_event& e = events[static_cast<std::size_t>(i)];
    static_cast<pollable*>(e.data.ptr)->on_ready(e.events);
  }
}

void load::tick(steady::time_point now) {
  for (slot* const s : std::exchange(resting_, {}))
    idle_.push_back(s);
  for (const auto& c : clients_)
    c->expire(now);
}

outcome load::run(const std::function<void(const tally&, double)>& progress) {
  ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);  // 50 us late at a fixed rate would be the server's latency
  add_clients();
  auto next_tick = steady::now();
  auto next_word = next_tick + 1s;
  auto now = next_tick;
  for (;; now = steady::now()) {
    begin_measuring(now);
    if (now >= next_tick) {
      tick(now);
      next_tick = now + tick_length;
    }
    if (now >= next_word) {
      if (stage_ != stage::after)
        progress(counts(), stage_ == stage::measuring ? seconds_between(measuring_since_, now) : 0);
      next_word += 1s;
    }
    if (stop_ || !result_.fatal.empty()) break;
    if (schedule_.is_over(now)) {
      if (!ending_) result_.unsent = schedule_.unsent(now);
      ending_ = true;
      if (in_flight_ == 0) break;
      // A number of requests has taken until the last one was answered, a duration is over when it is over.
      if (options_.requests == 0) end_measuring(now);
    }
    feed();
    // With somebody free the next request wakes us; otherwise an answer must come first.
    poll(idle_.empty() || ending_ ? next_tick : std::min(next_tick, schedule_.next()));
  }
  result_.interrupted = stop_;
  end_measuring(now);
  if (rules_) result_.revision = rules_->name;
  say_goodbye();
  return std::move(result_);
}

void load::say_goodbye() {
  ending_ = true;
  const tally counted = counts();  // what ends now was no measured request
  for (const auto& c : clients_)
    c->close();
  const auto limit = steady::now() + goodbye_limit;
  while (steady::now() < limit && !std::all_of(clients_.begin(), clients_.end(),
                                               [](const auto& c) { return c->is_closed(); }))
    poll(std::min(limit, steady::now() + tick_length));
  clients_.clear();
  counts() = counted;
}

}  // namespace comcp::bench
