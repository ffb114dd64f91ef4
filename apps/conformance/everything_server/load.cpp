// Tools for tests of load. Whatever they say carries the caller's own word, so that an answer that
// went to somebody else can't be mistaken for one's own.

#include <algorithm>
#include <boost/describe/class.hpp>
#include <chrono>
#include <string>

#include "comcp/scope/sleep.hpp"
#include "everything.hpp"

namespace everything {

namespace {

using namespace comcp;

struct steps_args {
  std::string word;
  int n = 0;
  int ms = 0;
};
BOOST_DESCRIBE_STRUCT(steps_args, (), (word, n, ms))

struct torrent_args {
  std::string word;
  int n = 0;
};
BOOST_DESCRIBE_STRUCT(torrent_args, (), (word, n))

struct announce_args {
  std::string uri;
};
BOOST_DESCRIBE_STRUCT(announce_args, (), (uri))

awaitable<std::string> steps(steps_args args, request_context& context) {
  for (int i = 1; i <= args.n; ++i) {
    co_await context.report_progress(i, args.n, args.word);
    co_await sleep(std::chrono::milliseconds(args.ms));
  }
  co_return "Steps of " + args.word;
}

// As fast as its reader lets it: about a kilobyte each time.
awaitable<std::string> torrent(torrent_args args, request_context& context) {
  const std::string text = args.word + " " + std::string(900, 'x');
  for (int i = 1; i <= args.n; ++i)
    if (co_await context.report_progress(i, args.n, text) == send_status::closed) break;
  co_return "Torrent of " + args.word;
}

}  // namespace

void add_load(server& server) {
  server.tool("steps", "Reports progress with its caller's word", steps)
      .tool("torrent", "Reports progress without a pause", torrent)
      .tool("announce", "Tells subscribers that a resource has changed",
            [&server](announce_args args) -> awaitable<std::string> {
              server.resource_updated(args.uri);
              co_return "Announced " + args.uri;
            });
}

}  // namespace everything
