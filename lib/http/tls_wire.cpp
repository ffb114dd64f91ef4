#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <new>
#include <utility>

#include "comcp/scope/sleep.hpp"
#include "http/tcp_wire.hpp"
#include "scope/io_wait.hpp"
#include "scope/shard_impl.hpp"

namespace comcp::http {

namespace {

class tls_wire final : public wire {
 public:
  tls_wire(tcp_socket socket, asio::ssl::context& context) : stream_(std::move(socket), context) {}

  awaitable<error_code> handshake() override {
    auto start = [this](auto done) {
      stream_.async_handshake(asio::ssl::stream_base::server, std::move(done));
    };
    const error_code ec = co_await wait_for("the handshake", start);
    co_await checkpoint();
    co_return ec;
  }
  void start_read(asio::mutable_buffer to, std::shared_ptr<wire_events> events) override {
    if (sent_farewell_) {
      stream_.next_layer().async_read_some(
          to,
          [events = std::move(events)](error_code ec, std::size_t n) { events->on_read(ec, n); });
      return;
    }
    const starting now(*this);
    auto tell = [this, told = teller(std::move(events), &wire_events::on_read, *this)](
                    error_code ec, std::size_t n) mutable {
      if (sent_farewell_) ec = {};  // see below
      // Many peers close without a farewell. HTTP's own framing tells a truncated body.
      if (ec == asio::ssl::error::stream_truncated) ec = asio::error::eof;
      told(ec, n);
    };
    try {
      stream_.async_read_some(to, std::move(tell));
    } catch (...) {
      die();
      throw;
    }
  }
  void start_write(std::span<const asio::const_buffer> from,
                   std::shared_ptr<wire_events> events) override {
    const starting now(*this);
    teller told(std::move(events), &wire_events::on_write, *this);
    try {
      stream_.async_write_some(from, std::move(told));
    } catch (...) {
      die();
      throw;
    }
  }
  // OpenSSL encrypts before it is known whether the socket takes it.
  std::size_t try_write(std::span<const asio::const_buffer>, error_code&) noexcept override {
    return 0;
  }
  void start_watch(std::shared_ptr<wire_events> events) override {
    stream_.next_layer().async_wait(
        tcp_socket::wait_error, [events = std::move(events)](error_code) { events->on_reset(); });
  }
  awaitable<void> end_sending() override {
    if (dead_) co_return;
    auto start = [this](auto done) { stream_.async_shutdown(std::move(done)); };
    co_await wait_for("the peer's farewell", start);
    // A peer that still sends has made that fail, and every read behind it. What it sends is dropped as it is: closing
    // on unread bytes would be a reset, and take our answer away.
    sent_farewell_ = true;
    cut();
    co_await checkpoint();
  }
  void cut() noexcept override {
    error_code ignored;
    stream_.next_layer().shutdown(tcp_socket::shutdown_send, ignored);
  }
  void close() noexcept override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

 private:
  /// While Asio is given an operation.
  class starting {
   public:
    explicit starting(tls_wire& w) : wire_(w) {
      if (wire_.dead_) throw std::bad_alloc();
      wire_.starting_ = true;
    }
    ~starting() { wire_.starting_ = false; }
    starting(const starting&) = delete;
    starting& operator=(const starting&) = delete;

   private:
    tls_wire& wire_;
  };

  /// An operation without memory leaves the stream in the middle of it, where others would wait for it for ever: there
  /// are none behind it.
  void die() noexcept {
    dead_ = true;
    close();
  }

  /// Tells of the end of an operation, also when Asio drops it because a later step found no memory; but not when all
  /// that is left is dropped behind the end of the shard.
  class teller {
   public:
    using what = void (wire_events::*)(error_code, std::size_t) noexcept;
    teller(std::shared_ptr<wire_events> events, what tell, tls_wire& wire) noexcept
        : events_(std::move(events)), tell_(tell), wire_(&wire) {}
    teller(teller&&) noexcept = default;
    teller& operator=(teller&&) = delete;
    ~teller() {
      // Whoever is told keeps the wire.
      if (!events_ || wire_->starting_ || wire_->home_->target() == nullptr) return;
      wire_->die();
      (events_.get()->*tell_)(asio::error::no_memory, 0);
    }
    void operator()(error_code ec, std::size_t n) {
      const auto events = std::move(events_);
      (events.get()->*tell_)(ec, n);
    }

   private:
    std::shared_ptr<wire_events> events_;
    what tell_;
    tls_wire* wire_;
  };

  /// A step that was cancelled leaves nothing but closing.
  template <class Start>
  awaitable<error_code> wait_for(const char* what, Start start) {
    auto stop = [this]() noexcept { close(); };
    return park(comcp::detail::io_wait(comcp::detail::this_task(), what, std::move(start), stop));
  }

  asio::ssl::stream<tcp_socket> stream_;
  const std::shared_ptr<comcp::detail::shard_mailbox> home_ = comcp::this_shard().impl().own_mail();
  bool sent_farewell_ = false;
  bool starting_ = false;
  bool dead_ = false;
};

}  // namespace

std::unique_ptr<wire> make_tls_wire(tcp_socket socket, asio::ssl::context& context) {
  return std::make_unique<tls_wire>(std::move(socket), context);
}

}  // namespace comcp::http
