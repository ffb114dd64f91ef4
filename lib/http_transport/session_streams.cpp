#include "http_transport/session_streams.hpp"

#include <utility>

namespace comcp::detail {

session_streams::session_streams(std::string session_id,
                                 std::shared_ptr<event_store> store,
                                 std::size_t window,
                                 logger log)
    : session_id_(std::move(session_id)),
      store_(std::move(store)),
      window_(window),
      log_(std::move(log)) {}

// Also of a session that never ran.
session_streams::~session_streams() {
  tasks_->end();
  for (const auto& [number, known] : logs_)
    if (const auto log = known.lock()) {
      log->end();
      log->forget();
    }
}

std::shared_ptr<stream_log> session_streams::add(std::uint64_t number,
                                                 std::shared_ptr<outbox> box,
                                                 std::vector<numbered_frame> first) {
  auto log = std::make_shared<stream_log>(number, event_prefix(session_id_, number), store_,
                                          std::move(box), std::move(first), window_, log_, tasks_);
  std::erase_if(logs_, [](const auto& known) { return known.second.expired(); });
  logs_.emplace_back(number, log);
  return log;
}

std::shared_ptr<stream_log> session_streams::open(std::shared_ptr<outbox> box,
                                                  std::vector<numbered_frame> first) {
  auto log = add(++last_number_, std::move(box), std::move(first));
  log->begin();
  return log;
}

void session_streams::open_standalone(std::shared_ptr<outbox> box) {
  standalone_ = add(standalone_stream, std::move(box), {});
  standalone_->begin();
}

std::shared_ptr<stream_log> session_streams::find(std::uint64_t number) const {
  for (const auto& [n, log] : logs_)
    if (n == number) return log.lock();
  return nullptr;
}

awaitable<std::shared_ptr<feed>> session_streams::resume(event_id from) {
  if (from.stream > last_number_) co_return nullptr;
  if (auto log = find(from.stream)) {
    if (from.number > log->last() || log->has_lost()) co_return nullptr;
    co_return log->attach(from.number);
  }
  const auto left = co_await store_->replay(from.stream, from.number, 1);
  if (!left) co_return nullptr;
  auto log = find(from.stream);  // another client's hand may have been quicker
  if (!log) log = add(from.stream, nullptr, {});
  co_return log->attach(from.number);
}

session_streams::running::running(session_streams& s, task_group& group) : streams_(s) {
  streams_.tasks_->begin(group);
}

session_streams::running::~running() {
  streams_.tasks_->end();
  for (const auto& [number, known] : streams_.logs_)
    if (const auto log = known.lock()) {
      log->hurry();
      log->forget();
    }
}

namespace {

class request_feed final : public feed {
 public:
  request_feed(std::shared_ptr<session_streams> streams,
               std::shared_ptr<outbox> box,
               bool always_streams)
      : streams_(std::move(streams)), box_(std::move(box)), always_(always_streams) {}

  awaitable<pulled> pull(duration limit) override {
    if (plain_) co_return co_await detail::pull(box_, limit);
    if (stream_) co_return co_await stream_->pull(limit);
    pulled first = co_await detail::pull(box_, limit);
    if (is_one_answer(first) || !streams_->accepts()) {
      plain_ = true;
      co_return first;
    }
    const bool silent = first.frames.empty();
    const auto log = streams_->open(box_, std::exchange(first.frames, {}));
    stream_ = log->attach(0);
    if (!silent) co_return co_await stream_->pull(limit);
    first.event_prefix = log->event_prefix();
    co_return first;
  }

  void leave() noexcept override { stream_ ? stream_->leave() : box_->close(); }

 private:
  /// ... or its end without one: no stream needed.
  bool is_one_answer(const pulled& first) const noexcept {
    if (first.frames.empty()) return first.ended;
    return !always_ && first.frames.front().message.is_answer();
  }

  const std::shared_ptr<session_streams> streams_;
  const std::shared_ptr<outbox> box_;
  const bool always_;
  bool plain_ = false;
  std::shared_ptr<feed> stream_;
};

}  // namespace

std::shared_ptr<feed> feed_of_request(std::shared_ptr<session_streams> streams,
                                      std::shared_ptr<outbox> box,
                                      bool always_streams) {
  return std::make_shared<request_feed>(std::move(streams), std::move(box), always_streams);
}

}  // namespace comcp::detail
