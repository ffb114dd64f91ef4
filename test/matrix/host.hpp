#ifndef COMCP_TEST_MATRIX_HOST_HPP
#define COMCP_TEST_MATRIX_HOST_HPP

// A server that clients can reach by one route.

#include <memory>
#include <string>
#include <vector>

#include "comcp/http_transport/streamable_http_options.hpp"
#include "comcp/server/server.hpp"
#include "matrix/carrier.hpp"
#include "matrix/pairs.hpp"
#include "matrix/servers.hpp"

namespace test::matrix {

/** Lives around the task group that its tasks run in.

    Everything on the way is the caller's to end: `stop`, then the group is joined. */
class host {
 public:
  host() = default;
  host(const host&) = delete;
  host& operator=(const host&) = delete;
  virtual ~host() = default;

  /// Serves, as tasks of the group.
  virtual awaitable<void> start(task_group& group) = 0;
  /// One more client that speaks this revision. The host's own.
  virtual awaitable<carrier*> connect(task_group& group, const protocol::rules& r) = 0;
  virtual void stop() = 0;
  /// When the group was joined: everything must be gone. What is left otherwise.
  virtual std::string leftovers() const { return {}; }
};

std::unique_ptr<host> make_host(const route& via, offer what);
/// Those with sockets, pipes and processes.
std::unique_ptr<host> make_real_host(const route& via, offer what);

/// What nothing should be left of; empty: nothing is.
std::string left_in(const server& s);
/// The route's settings.
streamable_http_options options_of(const route& via);

/// The carriers of a host.
class carriers {
 public:
  carrier* keep(std::unique_ptr<carrier> c) { return all_.emplace_back(std::move(c)).get(); }
  void close() {
    for (const auto& c : all_)
      c->close();
  }

 private:
  std::vector<std::unique_ptr<carrier>> all_;
};

}  // namespace test::matrix

#endif
