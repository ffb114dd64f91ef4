#ifndef COMCP_TEST_SOAK_WORKER_HPP
#define COMCP_TEST_SOAK_WORKER_HPP

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include "soak/connection.hpp"
#include "soak/server_process.hpp"
#include "soak/totals.hpp"

namespace soak {

/// What all workers share.
class world {
 public:
  explicit world(std::string program) : server(std::move(program)) {}

  server_process server;
  totals counts;
  std::atomic<bool> stopping{false};
  std::atomic<bool> paused{false};
  std::atomic<unsigned> resting{0};      // workers that have seen it
  std::atomic<bool> slow_reader{false};  // there is one
  std::atomic<bool> child{false};
};

/** A client, one conversation after the other. What the server's restart refuses is excused; what it cuts,
    loses or sends to somebody else is not. */
class worker {
 public:
  worker(world& w, unsigned seed)
      : world_(w), counts_(w.counts), random_(seed), name_("tk-" + std::to_string(seed) + "-") {}

  void run();
  /// Kinds of conversations.
  static std::size_t kind_count();

 private:
  class kind {
   public:
    const char* name;
    int weight;
    void (worker::*converse)();
    std::atomic<bool> world::* alone =
        nullptr;  // one at a time, for the sake of the memory and the processor
  };
  static const kind kinds[];
  const kind& choose();
  void converse(const kind& what);

  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  void rest(int most_ms);
  /// A new one each time, that nobody else uses.
  std::string word() { return name_ + std::to_string(++words_); }
  connection connect(int receive_buffer = 0) {
    return connection(world_.server.port(), counts_, receive_buffer);
  }
  /// Opens a session; its headers.
  std::string open(connection& c, std::string_view revision, std::string_view capabilities = "{}");
  /// Most clients say goodbye.
  void close(connection& c, const std::string& headers);
  /// The next change that the stream tells must be of this resource.
  void hear(connection& c, const std::string& uri);
  void announce(const std::string& uri);

  // sessions.cpp
  void session_of_calls();
  void subscriber();
  void come_back();
  void cancel_one();
  void batch();
  void question();
  // stateless.cpp
  void modern_calls();
  void leave_half_way();
  void slow_reader();
  void listen();
  void task();
  void modern_question();
  // other_transports.cpp
  void http_sse();
  void stdio_child();

  world& world_;
  totals& counts_;
  std::mt19937 random_;
  const std::string name_;
  std::uint64_t words_ = 0;
};

}  // namespace soak

#endif
