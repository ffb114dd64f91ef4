#ifndef COMCP_APPS_COMCP_BENCH_HTTP_LANE_HPP
#define COMCP_APPS_COMCP_BENCH_HTTP_LANE_HPP

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/load.hpp"
#include "bench/response_reader.hpp"

namespace comcp::bench {

/// What a lane was asked for.
enum class purpose : std::uint8_t { none, probe, hello, note, load, bye };

class lane;

/// Whose lane it is: told what has become of what was asked.
class lane_owner {
 public:
  virtual load& context() noexcept = 0;
  virtual const socket_address& address() const noexcept = 0;
  /// The request that is measured, with this id.
  virtual const std::string& load_text(std::uint32_t id) = 0;
  /// Connected with nothing to ask.
  virtual void on_connected(lane& l) = 0;
  /// The answer is in the lane's `response`, until `next_response` or `disconnect`.
  virtual void on_answer(lane& l, purpose what) = 0;
  /// The lane isn't connected any more.
  virtual void on_failure(lane& l, purpose what, failure kind, const std::string& why) = 0;

 protected:
  ~lane_owner() = default;
};

/// A socket of a client, with one request at a time.
class lane final : public pollable, public slot {
 public:
  explicit lane(lane_owner& owner) : owner_(owner) {}
  lane(const lane&) = delete;
  lane& operator=(const lane&) = delete;
  ~lane() { disconnect(); }

  void send(steady::time_point due) override;
  /// Sends the text, connecting first where it must; none: connects only.
  void ask(purpose what, const std::string& text);
  /// The response has been looked at.
  void next_response();
  void disconnect() noexcept;
  void expire(steady::time_point now);
  void on_ready(std::uint32_t events) override;

  bool is_quiet() const noexcept { return asked_ == purpose::none && !connecting_; }
  bool is_connected() const noexcept { return fd_ >= 0 && !connecting_; }
  const response_reader& response() const noexcept { return reader_; }
  std::uint32_t id() const noexcept { return id_; }
  void set_id(std::uint32_t id) noexcept { id_ = id; }
  steady::time_point due() const noexcept { return due_; }

 private:
  void connect();
  void on_connected();
  void transmit(std::string_view text);
  void flush();
  void receive();
  void finish();
  void lose(failure kind, const std::string& why);

  lane_owner& owner_;
  response_reader reader_;
  int fd_ = -1;
  bool connecting_ = false;
  purpose asked_ = purpose::none;
  std::uint32_t id_ = 0;
  steady::time_point due_;
  steady::time_point deadline_ = steady::time_point::max();
  std::string pending_;  // not sent yet
};

}  // namespace comcp::bench

#endif
