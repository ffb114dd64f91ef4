#include "comcp/transport/memory.hpp"

#include <deque>
#include <string>
#include <utility>

#include "transport/waiting_in.hpp"

namespace comcp {

namespace {

// One direction.
struct lane {
  explicit lane(std::size_t max) : max_bytes(max) {}

  bool has_room(std::size_t more) const noexcept { return bytes == 0 || bytes + more <= max_bytes; }
  void wake_all() noexcept {
    detail::wake(reader);
    detail::wake(writer);
  }

  std::deque<std::string> messages;
  std::size_t bytes = 0;
  std::size_t max_bytes;
  bool reader_gone = false;
  bool writer_gone = false;
  event* reader = nullptr;  // lives in the frame of the waiting read
  event* writer = nullptr;
};

class memory_transport final : public transport {
 public:
  memory_transport(std::shared_ptr<lane> in, std::shared_ptr<lane> out)
      : in_(std::move(in)), out_(std::move(out)) {}
  ~memory_transport() override { memory_transport::close(); }

  awaitable<read_result> read() override {
    const auto in = in_;  // the object may go while we wait; the lane must not
    for (;;) {
      if (in->reader_gone) co_return read_result::end();
      if (!in->messages.empty()) {
        current_ = std::move(in->messages.front());
        in->messages.pop_front();
        in->bytes -= current_.size();
        detail::wake(in->writer);
        co_return read_result::message(current_);
      }
      if (in->writer_gone) co_return read_result::end();
      detail::waiting_in wait(in->reader);
      co_await wait.wake_up.wait();
    }
  }

  awaitable<write_status> write(std::span<const std::string> messages) override {
    const auto out = out_;
    for (const std::string& text : messages.subspan(std::exchange(already_, 0))) {
      while (!out->reader_gone && !out->writer_gone && !out->has_room(text.size())) {
        detail::waiting_in wait(out->writer);
        co_await wait.wake_up.wait();
      }
      if (out->reader_gone || out->writer_gone) co_return write_status::closed;
      out->messages.push_back(text);
      out->bytes += text.size();
      detail::wake(out->reader);
    }
    co_return write_status::written;
  }

  bool write_now(std::span<const std::string> messages) noexcept override try {
    for (; already_ < messages.size(); ++already_) {
      const std::string& text = messages[already_];
      if (out_->reader_gone || out_->writer_gone || !out_->has_room(text.size())) return false;
      out_->messages.push_back(text);
      out_->bytes += text.size();
      detail::wake(out_->reader);
    }
    already_ = 0;
    return true;
  } catch (...) {  // no memory
    return false;
  }

  void close() noexcept override {
    in_->reader_gone = true;
    in_->messages.clear();
    in_->bytes = 0;
    out_->writer_gone = true;
    in_->wake_all();
    out_->wake_all();
  }

 private:
  std::shared_ptr<lane> in_;
  std::shared_ptr<lane> out_;
  std::string current_;
  std::size_t already_ = 0;  // messages of the next write that are out: see write_now
};

}  // namespace

std::pair<std::unique_ptr<transport>, std::unique_ptr<transport>> make_memory_transports(
    std::size_t max_bytes) {
  auto there = std::make_shared<lane>(max_bytes);
  auto back = std::make_shared<lane>(max_bytes);
  return {std::make_unique<memory_transport>(back, there),
          std::make_unique<memory_transport>(there, back)};
}

}  // namespace comcp
