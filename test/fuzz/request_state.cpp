// One text as what a client may send back with a repeated request: nothing opens that wasn't sealed, and
// whatever was sealed opens again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "comcp/protocol/input_required.hpp"
#include "session/crypto.hpp"
#include "session/rounds.hpp"

using namespace comcp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const round_keeper keeper(
      round_options().key(std::string(32, 'k')).max_state_bytes(std::size_t{1} << 20));

  if (const auto bytes = detail::from_base64url(text))
    if (detail::to_base64url(*bytes) != text) std::abort();
  if (std::holds_alternative<std::string>(keeper.open(text, "b"))) std::abort();
  if (size < 100'000) {
    const std::string sealed = keeper.seal(text, "b");
    const auto opened = keeper.open(sealed, "b");
    if (!std::holds_alternative<std::string>(opened) || std::get<std::string>(opened) != text)
      std::abort();
    if (std::holds_alternative<std::string>(keeper.open(sealed, "c"))) std::abort();
  }

  boost::system::error_code ec;
  const json::value params = json::parse(text, ec);
  if (ec) return 0;
  auto came = protocol::decode_input_answers(params);
  if (auto* answers = std::get_if<protocol::input_answers>(&came)) {
    const bool has_state = answers->state.has_value();
    detail::rounds known(keeper, detail::binding_of(nullptr, "tools/call", params));
    if (known.resume(std::move(*answers)).has_value() != has_state) std::abort();
  }
  return 0;
}
