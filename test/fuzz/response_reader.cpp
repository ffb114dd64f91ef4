// HTTP responses, as `comcp bench` reads them, in pieces of the size that the first byte says: the pieces give the
// responses of the whole.

#include "bench/response_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using comcp::bench::response_reader;
using state = response_reader::state;

struct response {
  int status;
  bool keep_alive;
  bool event_stream;
  std::string session;
  std::string body;
  bool operator==(const response&) const = default;
};

struct everything {
  std::vector<response> responses;
  state last;
  bool operator==(const everything&) const = default;
};

everything read(std::string_view bytes, std::size_t piece) {
  response_reader reader;
  everything out;
  const auto take = [&](state s) {
    for (; s == state::done; s = reader.next())
      out.responses.push_back({reader.status(), reader.keep_alive(), reader.is_event_stream(),
                               std::string(reader.session()), std::string(reader.body())});
    out.last = s;
  };
  while (!bytes.empty()) {
    const auto room = reader.room();
    if (room.empty()) std::abort();
    const std::size_t n = std::min({room.size(), piece, bytes.size()});
    std::copy_n(bytes.begin(), n, room.begin());
    bytes.remove_prefix(n);
    take(reader.received(n));
    if (out.last == state::broken) return out;
  }
  take(reader.ended());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (read(bytes, bytes.size()) != read(bytes, data[0] + std::size_t{1})) std::abort();
  return 0;
}
