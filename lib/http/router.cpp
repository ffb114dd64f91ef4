#include "comcp/http/router.hpp"

#include <algorithm>
#include <stdexcept>

namespace comcp::http {

namespace {

awaitable<void> answer(exchange ex, response r) {
  co_await std::move(ex).respond(std::move(r));
}

}  // namespace

router::router() noexcept = default;

router::route& router::at(std::string_view path) {
  if (!path.starts_with('/') || path.find('?') != std::string_view::npos)
    throw std::invalid_argument("a route's path starts with a slash and has no query: '" +
                                std::string(path) + "'");
  const auto found = std::ranges::find_if(routes_, [&](const route& r) { return r.path == path; });
  if (found != routes_.end()) return *found;
  routes_.push_back(route());
  routes_.back().path = path;
  return routes_.back();
}

router& router::add(std::string_view path, handler h) {
  auto& r = at(path);
  if (r.any || !r.by_method.empty())
    throw std::invalid_argument("the path '" + r.path + "' has a handler already");
  r.any = std::move(h);
  return *this;
}

router& router::add(std::string_view method, std::string_view path, handler h) {
  if (!is_token(method))
    throw std::invalid_argument("'" + std::string(method) + "' is no HTTP method");
  auto& r = at(path);
  const bool taken =
      r.any || std::ranges::any_of(r.by_method, [&](const auto& m) { return m.first == method; });
  if (taken)
    throw std::invalid_argument("the path '" + r.path + "' has a handler for " +
                                std::string(method) + " already");
  r.by_method.emplace_back(std::string(method), std::move(h));
  return *this;
}

awaitable<void> router::operator()(exchange ex) const {
  const auto path = ex.request().path();
  const auto found = std::ranges::find_if(routes_, [&](const route& r) { return r.path == path; });
  if (found == routes_.end()) return answer(std::move(ex), text_response(404));
  if (found->any) return found->any(std::move(ex));

  const handler* get = nullptr;
  std::string allow;
  for (const auto& [method, h] : found->by_method) {
    if (method == ex.request().method) return h(std::move(ex));
    if (method == "GET") get = &h;
    if (!allow.empty()) allow += ", ";
    allow += method;
  }
  if (get && ex.request().method == "HEAD") return (*get)(std::move(ex));
  if (get) allow += ", HEAD";
  allow += ", OPTIONS";
  if (ex.request().method == "OPTIONS") {
    auto r = response(204).header("Allow", allow);
    return answer(std::move(ex), std::move(r));
  }
  auto r = text_response(405);
  r.header("Allow", allow);
  return answer(std::move(ex), std::move(r));
}

}  // namespace comcp::http
