#include "comcp/server/completion.hpp"

#include <algorithm>

namespace comcp::detail {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool begins_with(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

awaitable<completion> suggest(std::shared_ptr<const std::vector<std::string>> values,
                              std::string typed) {
  completion found;
  for (const std::string& v : *values)
    if (begins_with(v, typed)) found.values.push_back(v);
  co_return found;
}

}  // namespace

completion_function complete_from(std::vector<std::string> values) {
  auto shared = std::make_shared<const std::vector<std::string>>(std::move(values));
  return
      [shared](const completion_request& r, request_context&) { return suggest(shared, r.value); };
}

}  // namespace comcp::detail
