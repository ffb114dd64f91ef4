#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "bench/answer.hpp"
#include "bench/load.hpp"
#include "bench/request_text.hpp"

extern char** environ;

namespace comcp::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto probe_limit = 2s;
constexpr std::size_t read_size = 65536;

class stdio_client;

/// A request that may be open on the pipe.
class line_slot final : public slot {
 public:
  line_slot(stdio_client& owner, std::uint32_t number) : owner_(owner), number_(number) {}
  void send(steady::time_point due) override;

  stdio_client& owner_;
  const std::uint32_t number_;
  bool busy = false;
  std::uint32_t id = 0;
  steady::time_point due;
  steady::time_point deadline;
};

class stdio_client final : public client, public pollable {
 public:
  explicit stdio_client(load& l) : load_(l) {
    for (std::size_t i = 0; i < l.options().in_flight; ++i)
      slots_.push_back(std::make_unique<line_slot>(*this, static_cast<std::uint32_t>(i)));
  }
  ~stdio_client() override { kill_child(); }

  void open() override;
  void expire(steady::time_point now) override;
  void flush() override;
  void close() override;
  bool is_closed() const override { return phase_ == phase::ended; }
  pid_t pid() const override { return pid_; }
  void on_ready(std::uint32_t events) override;

  void send(line_slot& s, steady::time_point due);

 private:
  enum class phase : std::uint8_t { idle, probing, greeting, loading, leaving, resting, ended };

  // The child's input has an entry in the poll of its own.
  class writable final : public pollable {
   public:
    explicit writable(stdio_client& owner) : owner_(owner) {}
    void on_ready(std::uint32_t events) override {
      // It has closed its input: its end comes over the other pipe.
      if (events & (EPOLLERR | EPOLLHUP)) owner_.close_input();
      owner_.flush();
    }

   private:
    stdio_client& owner_;
  };

  bool spawn();
  void close_input() noexcept;
  void reap(bool kill) noexcept;
  void kill_child() noexcept;
  void close_pipes() noexcept;
  void say(const std::string& line);
  void ask(phase next, request_text text, steady::duration limit);
  void say_hello();
  void begin_load();
  void join(line_slot& s);
  void retire();
  void on_line(std::string_view line);
  void on_handshake(const message_view& m);
  void on_hello(const message_view& m);
  void on_load(const message_view& m, std::string_view line);
  void on_end();
  void fail_open(const std::string& why);

  load& load_;
  std::vector<std::unique_ptr<line_slot>> slots_;
  writable writable_{*this};
  phase phase_ = phase::idle;
  pid_t pid_ = 0;
  int to_ = -1;
  int from_ = -1;
  std::string out_;
  bool touched_ = false;
  bool waits_for_room_ = false;
  std::vector<char> in_ = std::vector<char>(read_size);
  std::size_t filled_ = 0;
  std::string asked_id_;  // of the handshake
  steady::time_point deadline_ = steady::time_point::max();
  request_text load_text_;
  request_text wanted_;
  std::uint32_t round_ = 0;
  std::uint64_t budget_ = 0;  // requests of this process
  std::uint64_t given_ = 0;   // slots that are idle or busy
  bool ready_ = false;
};

void line_slot::send(steady::time_point due_now) {
  owner_.send(*this, due_now);
}

// ---- the process

bool stdio_client::spawn() {
  std::array<int, 2> in{-1, -1};
  std::array<int, 2> out{-1, -1};
  if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) {
    fail_open(std::generic_category().message(errno));
    return false;
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // Ctrl-C is for us: the server ends when its input does.
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  std::vector<std::string> words = load_.options().command;
  std::vector<char*> argv;
  for (std::string& w : words)
    argv.push_back(w.data());
  argv.push_back(nullptr);
  const int error = ::posix_spawnp(&pid_, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(in[0]);
  ::close(out[1]);
  to_ = in[1];
  from_ = out[0];
  if (error != 0) {
    pid_ = 0;
    close_pipes();
    fail_open(std::generic_category().message(error));
    return false;
  }
  ::fcntl(to_, F_SETFL, O_NONBLOCK);
  ::fcntl(from_, F_SETFL, O_NONBLOCK);
  load_.watch(from_, EPOLLIN, *this);
  load_.watch(to_, 0, writable_);
  return true;
}

void stdio_client::close_pipes() noexcept {
  for (int* const fd : {&to_, &from_}) {
    if (*fd >= 0) ::close(*fd);
    *fd = -1;
  }
  out_.clear();
  filled_ = 0;
  waits_for_room_ = false;
}

void stdio_client::close_input() noexcept {
  if (to_ >= 0) ::close(to_);
  to_ = -1;
}

void stdio_client::kill_child() noexcept {
  close_pipes();
  reap(true);
}

// A process that has closed its output has a second left.
void stdio_client::reap(bool kill) noexcept {
  if (pid_ <= 0) return;
  for (int i = 0; !kill && i < 1000; ++i) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) {
      pid_ = 0;
      return;
    }
    ::usleep(1000);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void stdio_client::say(const std::string& line) {
  out_ += line;
  out_ += '\n';
  if (!std::exchange(touched_, true)) load_.touch(*this);
}

void stdio_client::flush() {
  touched_ = false;
  while (!out_.empty() && to_ >= 0) {
    const auto n = ::write(to_, out_.data(), out_.size());
    if (n > 0) {
      out_.erase(0, static_cast<std::size_t>(n));
      continue;
    }
    if (n < 0 && errno == EAGAIN) {
      if (!std::exchange(waits_for_room_, true)) load_.change(to_, EPOLLOUT, writable_);
      return;
    }
    out_.clear();  // it reads no more; its end comes over the other pipe
  }
  if (std::exchange(waits_for_room_, false) && to_ >= 0) load_.change(to_, 0, writable_);
}

void stdio_client::on_ready(std::uint32_t) {
  if (from_ < 0) return;
  if (in_.size() - filled_ < read_size / 4) in_.resize(2 * in_.size());
  const auto n = ::read(from_, in_.data() + filled_, in_.size() - filled_);
  if (n < 0 && errno == EAGAIN) return;
  if (n <= 0) return on_end();
  load_.counts().received_bytes += static_cast<std::size_t>(n);
  const std::size_t fresh = filled_;
  filled_ += static_cast<std::size_t>(n);
  std::size_t begin = 0;
  std::size_t look = fresh;
  while (from_ >= 0) {
    const void* const end = std::memchr(in_.data() + look, '\n', filled_ - look);
    if (!end) break;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(end) - in_.data());
    if (at > begin) on_line({in_.data() + begin, at - begin});
    begin = look = at + 1;
  }
  if (from_ < 0) return;
  std::memmove(in_.data(), in_.data() + begin, filled_ - begin);
  filled_ -= begin;
}

// ---- opening

void stdio_client::open() {
  if (!spawn()) return;
  if (load_.tries_newest()) {
    ask(phase::probing, messages::discover(protocol::newest()), probe_limit);
  } else if (load_.rules() && load_.rules()->era == protocol::era::modern) {
    begin_load();
  } else {
    say_hello();
  }
}

void stdio_client::ask(phase next, request_text text, steady::duration limit) {
  phase_ = next;
  const std::uint32_t id = load_.next_id();
  asked_id_ = id_text(id);
  text.set_id(id);
  deadline_ = steady::now() + limit;
  say(text.text());
}

void stdio_client::say_hello() {
  const auto* const rules = load_.rules();
  ask(phase::greeting, messages::initialize(rules ? rules->name : protocol::newest_legacy().name),
      load_.options().timeout);
}

void stdio_client::on_handshake(const message_view& m) {
  if (m.id != asked_id_) return;
  deadline_ = steady::time_point::max();
  if (phase_ == phase::greeting) return on_hello(m);
  if (m.what == message_view::kind::result &&
      m.body.find(protocol::newest().name) != std::string_view::npos) {
    load_.settle(protocol::newest());
    begin_load();
  } else {
    say_hello();
  }
}

void stdio_client::on_hello(const message_view& m) {
  boost::system::error_code ignored;
  const auto result = boost::json::parse(m.body, ignored);
  const auto* const v =
      result.is_object() ? result.as_object().if_contains("protocolVersion") : nullptr;
  const std::string answered = v && v->is_string() ? v->as_string().c_str() : "";
  const auto* const rules = protocol::find_rules(answered);
  if (!rules) return fail_open("initialize: " + std::string(m.body.substr(0, 200)));
  if (load_.rules() && load_.rules() != rules) {
    return fail_open("the server answers revision " + answered + ", not " +
                     std::string(load_.rules()->name));
  }
  say(messages::initialized());
  load_.settle(*rules);
  begin_load();
}

void stdio_client::begin_load() {
  phase_ = phase::loading;
  const messages m(load_.options(), *load_.rules());
  load_text_ = m.load();
  wanted_ = m.wanted();
  budget_ = load_.options().churn > 0 ? load_.options().churn : UINT64_MAX;
  given_ = 0;
  ++load_.counts().sessions;
  if (!std::exchange(ready_, true)) load_.opened();
  for (const auto& s : slots_)
    join(*s);
}

void stdio_client::join(line_slot& s) {
  if (phase_ != phase::loading) return;
  if (budget_ == 0) {
    if (given_ == 0) retire();
    return;
  }
  --budget_;
  ++given_;
  load_.idle(s);
}

// ---- under load

void stdio_client::send(line_slot& s, steady::time_point due) {
  // The remainder of an id finds its slot.
  const auto slots = static_cast<std::uint32_t>(slots_.size());
  s.id = first_id + (round_++ % (id_count / slots)) * slots + s.number_;
  s.due = due;
  s.busy = true;
  s.deadline = steady::now() + load_.options().timeout;
  load_text_.set_id(s.id);
  load_.sent(load_text_.size() + 1);
  say(load_text_.text());
}

void stdio_client::on_line(std::string_view line) {
  const message_view m = look_at(line);
  switch (m.what) {
    case message_view::kind::notification:
      if (m.method == "\"notifications/progress\"") ++load_.counts().progress;
      return;
    case message_view::kind::request:
      return;
    case message_view::kind::nonsense:
      load_.counts().fail(failure::wrong, line);
      return;
    default:
      break;
  }
  if (phase_ == phase::loading) {
    on_load(m, line);
  } else if (phase_ != phase::leaving) {
    on_handshake(m);
  }
}

void stdio_client::on_load(const message_view& m, std::string_view line) {
  std::uint32_t id = 0;
  std::from_chars(m.id.data(), m.id.data() + m.id.size(), id);
  line_slot& s = *slots_[(id < first_id ? 0 : id - first_id) % slots_.size()];
  if (!s.busy || s.id != id || m.id.size() != 10) {
    load_.counts().fail(failure::wrong, line);
    return;
  }
  s.busy = false;
  wanted_.set_id(id);
  switch (judge(m, m.id, wanted_.text())) {
    case verdict::right:
      load_.answered(s.due);
      break;
    case verdict::rpc_error:
      load_.failed(failure::rpc_error, line);
      break;
    case verdict::tool_error:
      load_.failed(failure::tool_error, line);
      break;
    case verdict::wrong:
      load_.failed(failure::wrong, line);
      break;
  }
  --given_;
  join(s);
}

void stdio_client::expire(steady::time_point now) {
  if (phase_ == phase::resting) {
    open();
    return;
  }
  if (now >= deadline_) {
    deadline_ = steady::time_point::max();
    if (phase_ == phase::probing) {
      say_hello();
    } else {
      fail_open("no answer in time");
    }
    return;
  }
  for (const auto& s : slots_) {
    if (!s->busy || now < s->deadline) continue;
    s->busy = false;
    load_.failed(failure::timeout, "no answer in time");
    --given_;
    join(*s);
  }
}

void stdio_client::fail_open(const std::string& why) {
  kill_child();
  deadline_ = steady::time_point::max();
  phase_ = load_.is_ending() ? phase::ended : phase::resting;
  if (load_.fatal("can't open a session with '" + load_.options().command.front() + "': " + why))
    return;
  load_.counts().fail(failure::connect, why);
}

// ---- the end

void stdio_client::retire() {
  phase_ = phase::leaving;
  flush();
  close_input();
}

void stdio_client::on_end() {
  const bool expected = phase_ == phase::leaving;
  const bool was_loading = phase_ == phase::loading;
  close_pipes();
  reap(!expected);
  if (!expected && !was_loading) return fail_open("the process has ended");
  for (const auto& s : slots_) {
    if (!s->busy) continue;
    s->busy = false;
    load_.failed(failure::closed, "the process has ended");
  }
  given_ = 0;
  for (const auto& s : slots_)
    load_.forget(*s);
  if (load_.is_ending()) {
    phase_ = phase::ended;
  } else if (expected) {
    open();
  } else {
    phase_ = phase::resting;
  }
}

void stdio_client::close() {
  if (phase_ == phase::loading) {
    retire();
  } else if (phase_ != phase::leaving) {
    kill_child();
    phase_ = phase::ended;
  }
}

}  // namespace

std::unique_ptr<client> make_stdio_client(load& l) {
  return std::make_unique<stdio_client>(l);
}

}  // namespace comcp::bench
