#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/answer.hpp"
#include "bench/http_lane.hpp"
#include "bench/load.hpp"
#include "bench/request_text.hpp"
#include "bench/response_reader.hpp"
#include "bench/socket_address.hpp"
#include "comcp/http/event_stream.hpp"

namespace comcp::bench {

namespace {

/// An answer of the handshake, which outlives its connection's buffer.
struct handshake_answer {
  explicit handshake_answer(const response_reader& r)
      : status(r.status()),
        is_event_stream(r.is_event_stream()),
        session(r.session()),
        body(r.body()) {}
  int status;
  bool is_event_stream;
  std::string session;
  std::string body;
};

class http_client final : public client, public lane_owner {
 public:
  http_client(load& l, const endpoint_address& to, const socket_address& address)
      : load_(l), target_(to.target), host_(to.host_header()), address_(address) {
    for (const std::string& h : l.options().headers)
      headers_ += h + "\r\n";
    for (std::size_t i = 0; i < l.options().in_flight; ++i)
      lanes_.push_back(std::make_unique<lane>(*this));
  }

  void open() override;
  void expire(steady::time_point now) override;
  void flush() override {}
  void close() override;
  bool is_closed() const override { return phase_ == phase::ended; }

 private:
  enum class phase : std::uint8_t { idle, opening, loading, leaving, resting, ended };

  load& context() noexcept override { return load_; }
  const socket_address& address() const noexcept override { return address_; }
  const std::string& load_text(std::uint32_t id) override {
    load_text_.set_id(id);
    return load_text_.text();
  }
  void on_connected(lane& l) override;
  void on_answer(lane& l, purpose what) override;
  void on_failure(lane& l, purpose what, failure kind, const std::string& why) override;

  lane& first() { return *lanes_.front(); }
  void ask_first(purpose what, const request_text& body, std::string_view more);
  void say_hello();
  void begin_load();
  void join(lane& l);
  void retry(lane& l);
  std::string cannot_open(const std::string& why) const;
  void retire();
  void reopen();
  void on_probe(const handshake_answer& r);
  void on_hello(const handshake_answer& r);
  void on_load(lane& l);
  void fail_open(const std::string& why);
  verdict judge_body(lane& l, const response_reader& r);

  load& load_;
  const std::string target_;
  const std::string host_;
  const socket_address address_;
  std::string headers_;
  std::vector<std::unique_ptr<lane>> lanes_;
  phase phase_ = phase::idle;
  std::string session_headers_;
  request_text load_text_;
  request_text wanted_;
  std::uint64_t budget_ = 0;  // requests of this session
  std::uint64_t given_ = 0;   // slots that are idle or busy
  std::size_t ready_lanes_ = 0;
  bool ready_ = false;
};

/// Calls f with each message of the body.
template <class F>
void each_message(bool is_event_stream, std::string_view body, tally& counts, F f) {
  if (!is_event_stream) {
    f(body);
    return;
  }
  http::event_parser parser;
  std::vector<http::sse_event> events;
  parser.feed(body, events);
  for (const auto& e : events) {
    if (!e.data || e.data->empty()) continue;
    ++counts.events;
    f(std::string_view(*e.data));
  }
}

std::string status_text(int status, std::string_view body) {
  return "HTTP status " + std::to_string(status) + ": " + std::string(body.substr(0, 200));
}

// ---- opening

void http_client::open() {
  phase_ = phase::opening;
  ready_lanes_ = 0;
  session_headers_ = headers_;
  if (load_.tries_newest()) {
    const auto& newest = protocol::newest();
    ask_first(purpose::probe, messages::discover(newest),
              modern_headers(newest, "server/discover", ""));
  } else if (load_.rules() && load_.rules()->era == protocol::era::modern) {
    const bool call = load_.options().method == "tools/call";
    session_headers_ += modern_headers(*load_.rules(), load_.options().method,
                                       call ? load_.options().tool : std::string());
    begin_load();
  } else {
    say_hello();
  }
}

void http_client::ask_first(purpose what, const request_text& body, std::string_view more) {
  request_text text = post(target_, host_, headers_ + std::string(more), body);
  first().set_id(load_.next_id());
  text.set_id(first().id());
  first().ask(what, text.text());
}

void http_client::say_hello() {
  const auto* const rules = load_.rules();
  ask_first(purpose::hello,
            messages::initialize(rules ? rules->name : protocol::newest_legacy().name), {});
}

void http_client::on_probe(const handshake_answer& r) {
  const auto& newest = protocol::newest();
  bool spoken = false;
  if (r.status == 200) {
    each_message(r.is_event_stream, r.body, load_.counts(), [&](std::string_view text) {
      const message_view m = look_at(text);
      spoken = spoken || (m.what == message_view::kind::result &&
                          m.body.find(newest.name) != std::string_view::npos);
    });
  }
  if (spoken) {
    load_.settle(newest);
    open();
  } else {
    say_hello();
  }
}

void http_client::on_hello(const handshake_answer& r) {
  if (r.status != 200) return fail_open("initialize: " + status_text(r.status, r.body));
  std::string answered;
  each_message(r.is_event_stream, r.body, load_.counts(), [&](std::string_view text) {
    const message_view m = look_at(text);
    if (m.what != message_view::kind::result) return;
    boost::system::error_code ignored;
    const auto result = boost::json::parse(m.body, ignored);
    if (!result.is_object()) return;
    if (const auto* const v = result.as_object().if_contains("protocolVersion");
        v && v->is_string())
      answered = v->as_string().c_str();
  });
  const auto* const rules = protocol::find_rules(answered);
  if (!rules) return fail_open("initialize: no result: " + r.body.substr(0, 200));
  if (load_.rules() && load_.rules() != rules) {
    return fail_open("the server answers revision " + answered + ", not " +
                     std::string(load_.rules()->name));
  }
  session_headers_ = headers_ + "MCP-Protocol-Version: " + answered + "\r\n";
  if (!r.session.empty()) session_headers_ += "Mcp-Session-Id: " + r.session + "\r\n";
  load_.settle(*rules);
  request_text body;
  body.append(messages::initialized());
  first().ask(purpose::note, post(target_, host_, session_headers_, body).text());
}

void http_client::begin_load() {
  phase_ = phase::loading;
  const messages m(load_.options(), *load_.rules());
  load_text_ = post(target_, host_, session_headers_, m.load());
  wanted_ = m.wanted();
  const std::size_t churn = load_.options().churn;
  budget_ = churn > 0 ? churn : UINT64_MAX;
  given_ = 0;
  ++load_.counts().sessions;
  for (const auto& l : lanes_) {
    if (l->is_connected()) {
      on_connected(*l);
    } else {
      l->ask(purpose::none, {});
    }
  }
}

void http_client::on_connected(lane& l) {
  if (phase_ != phase::loading) return;
  if (++ready_lanes_ == lanes_.size() && !ready_) {
    ready_ = true;
    load_.opened();
  }
  join(l);
}

void http_client::join(lane& l) {
  if (phase_ != phase::loading) return;
  if (budget_ == 0) {
    if (given_ == 0) retire();
    return;
  }
  --budget_;
  ++given_;
  load_.idle(l);
}

// ---- under load

void http_client::on_answer(lane& l, purpose what) {
  switch (what) {
    case purpose::probe:
    case purpose::hello:
    case purpose::note: {
      const handshake_answer copy(l.response());
      l.next_response();
      if (what == purpose::probe) return on_probe(copy);
      if (what == purpose::hello) return on_hello(copy);
      if (copy.status / 100 != 2)
        return fail_open("initialized: " + status_text(copy.status, copy.body));
      return begin_load();
    }
    case purpose::bye:
      return reopen();
    case purpose::load:
      return on_load(l);
    case purpose::none:
      return;
  }
}

verdict http_client::judge_body(lane& l, const response_reader& r) {
  tally& counts = load_.counts();
  const bool wrong_kind = r.is_event_stream() ? load_.options().json : load_.options().sse;
  if (r.is_event_stream()) ++counts.streams;
  const std::string id = id_text(l.id());
  wanted_.set_id(l.id());
  int answers = 0;
  verdict out = verdict::wrong;
  each_message(r.is_event_stream(), r.body(), counts, [&](std::string_view text) {
    const message_view m = look_at(text);
    if (m.what == message_view::kind::notification) {
      if (m.method == "\"notifications/progress\"") ++counts.progress;
      return;
    }
    if (m.what == message_view::kind::request) return;
    ++answers;
    out = judge(m, id, wanted_.text());
  });
  return wrong_kind || answers != 1 ? verdict::wrong : out;
}

void http_client::on_load(lane& l) {
  const response_reader& r = l.response();
  if (r.status() != 200) {
    load_.failed(failure::http_status, status_text(r.status(), r.body()));
  } else {
    const auto sample = [&r] { return std::string(r.body().substr(0, 300)); };
    switch (judge_body(l, r)) {
      case verdict::right:
        load_.answered(l.due());
        break;
      case verdict::rpc_error:
        load_.failed(failure::rpc_error, sample());
        break;
      case verdict::tool_error:
        load_.failed(failure::tool_error, sample());
        break;
      case verdict::wrong:
        load_.failed(failure::wrong, sample());
        break;
    }
  }
  l.next_response();
  --given_;
  join(l);
}

void http_client::on_failure(lane& l, purpose what, failure kind, const std::string& why) {
  switch (what) {
    case purpose::load:
      load_.failed(kind, why);
      --given_;
      return retry(l);
    case purpose::probe:
      // Servers of old revisions may do anything with what they don't know.
      return kind == failure::connect ? fail_open(why) : say_hello();
    case purpose::bye:
      return reopen();
    case purpose::none:
      if (load_.fatal(cannot_open(why))) return;
      load_.counts().fail(failure::connect, why);
      return retry(l);
    case purpose::hello:
    case purpose::note:
      return fail_open(why);
  }
}

// Like join, but not at once.
void http_client::retry(lane& l) {
  if (phase_ != phase::loading || budget_ == 0) return join(l);
  --budget_;
  ++given_;
  load_.rest(l);
}

std::string http_client::cannot_open(const std::string& why) const {
  return "can't open a session at " + load_.options().url + ": " + why;
}

void http_client::fail_open(const std::string& why) {
  if (load_.fatal(cannot_open(why))) return;
  load_.counts().fail(failure::connect, why);
  for (const auto& l : lanes_)
    l->disconnect();
  phase_ = load_.is_ending() ? phase::ended : phase::resting;
}

void http_client::expire(steady::time_point now) {
  if (phase_ == phase::resting) {
    reopen();
    return;
  }
  for (const auto& l : lanes_)
    l->expire(now);
}

// ---- the end of a session

void http_client::retire() {
  phase_ = phase::leaving;
  if (session_headers_.find("Mcp-Session-Id: ") == std::string::npos) return reopen();
  if (!first().is_quiet()) first().disconnect();
  first().ask(purpose::bye, "DELETE " + target_ + " HTTP/1.1\r\nHost: " + host_ + "\r\n" +
                                session_headers_ + "\r\n");
}

void http_client::reopen() {
  for (const auto& l : lanes_)
    l->disconnect();
  if (load_.is_ending()) {
    phase_ = phase::ended;
    return;
  }
  open();
}

void http_client::close() {
  if (phase_ == phase::loading) {
    retire();
  } else if (phase_ != phase::leaving) {
    reopen();
  }
}

}  // namespace

std::unique_ptr<client> make_http_client(load& l,
                                         const endpoint_address& to,
                                         const socket_address& address) {
  return std::make_unique<http_client>(l, to, address);
}

}  // namespace comcp::bench
