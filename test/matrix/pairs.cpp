#include "matrix/pairs.hpp"

#include <array>

namespace test::matrix {

bool route::serves(const protocol::rules& r) const noexcept {
  const bool legacy = r.era == protocol::era::legacy;
  switch (revisions) {
    case spoken::all:
      return true;
    case spoken::since_2025_03_26:
      return r.id >= protocol::revision::v2025_03_26;
    case spoken::legacy:
      return legacy;
    case spoken::newest_of_each_era:
      break;
  }
  if (family == "sse") return r.id == protocol::newest_legacy().id;
  return r.id == protocol::newest().id || r.id == protocol::newest_legacy().id;
}

std::span<const route> all_routes() noexcept {
  // Sockets, pipes and processes don't know of revisions: one of each era is enough there.
  static const std::array<route, 9> routes = {
      route(way::stdio, "stdio", "stdio", spoken::all),
      route(way::http, "http", "streamable-http", spoken::since_2025_03_26),
      route(way::http_streaming, "http-streaming", "streamable-http", spoken::since_2025_03_26),
      route(way::http_json, "http-json", "streamable-http", spoken::since_2025_03_26),
      route(way::http_stateless, "http-stateless", "streamable-http-stateless",
            spoken::since_2025_03_26),
      route(way::sse, "sse", "sse", spoken::legacy),
      route(way::child, "child", "stdio", spoken::newest_of_each_era),
      route(way::http_socket, "http-socket", "streamable-http", spoken::newest_of_each_era),
      route(way::sse_socket, "sse-socket", "sse", spoken::newest_of_each_era),
  };
  return routes;
}

const std::vector<pair>& all_pairs() {
  static const std::vector<pair> pairs = [] {
    std::vector<pair> out;
    for (const route& via : all_routes())
      for (const protocol::rules& r : protocol::all_rules())
        if (via.serves(r)) out.emplace_back(via, r);
    return out;
  }();
  return pairs;
}

bool has_session(const pair& p) noexcept {
  return !p.modern() && p.via.by != way::http_stateless;
}

bool has_early_messages(const pair& p) noexcept {
  return p.via.by != way::http_json;
}

bool has_questions(const pair& p) noexcept {
  return p.rules.input_required || has_server_requests(p);
}

bool has_server_requests(const pair& p) noexcept {
  return p.rules.server_requests && has_session(p) && has_early_messages(p);
}

bool has_changes(const pair& p) noexcept {
  return p.modern() || has_session(p);
}

bool has_cancellation(const pair& p) noexcept {
  return p.modern() || has_session(p);
}

}  // namespace test::matrix
