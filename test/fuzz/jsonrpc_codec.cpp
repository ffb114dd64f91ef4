// Bytes from a peer: each input has one outcome, and what was understood survives being sent on.
#include "comcp/jsonrpc/codec.hpp"

#include <boost/json/monotonic_resource.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

namespace {
using namespace comcp::jsonrpc;
namespace json = comcp::json;

void expect(bool holds) {
  if (!holds) std::abort();
}

void check(const malformed& m) {
  expect(m.error.code == error_code::parse_error || m.error.code == error_code::invalid_request);
  expect(!m.error.message.empty());
  expect(!m.is_response || !m.id);  // never answered with an id of ours
  expect(m.is_response || !m.responds_to);
  std::string out;
  encode_error(out, m.id, m.error);
  expect(std::holds_alternative<message>(decoder().decode(out)));
}

// Boost.JSON 1.81 may read a floating-point number an ulp off: those are not compared.
std::string without_fractions(std::string text) {
  if (text.find_first_of(".eE") != std::string::npos)
    std::erase_if(text, [](char c) {
      return (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
    });
  return text;
}

// Encoding is one line, and decoding that gives the same line again.
void check(const message& m) {
  std::string once;
  encode(once, m);
  expect(once.find_first_of("\r\n") == std::string::npos);
  decoder generous(limits().max_bytes(once.size()).max_depth(200).max_elements(1'000'000));
  const decoded back = generous.decode(once);
  expect(std::holds_alternative<message>(back));
  expect(std::get<message>(back).index() == m.index());
  std::string twice;
  encode(twice, std::get<message>(back));
  expect(without_fractions(once) == without_fractions(twice));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // One decoder for all inputs: nothing of one may show in the next.
  static decoder reused(limits().max_bytes(4096).max_depth(16).max_elements(200).max_batch(8));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  boost::json::monotonic_resource arena;
  const decoded got = reused.decode(text, &arena);
  if (const auto* m = std::get_if<message>(&got)) check(*m);
  if (const auto* m = std::get_if<malformed>(&got)) check(*m);
  if (const auto* all = std::get_if<batch>(&got)) {
    expect(!all->elements.empty() && all->elements.size() <= 8);
    for (const auto& element : all->elements)
      std::visit([](const auto& e) { check(e); }, element);
  }
  // A fresh decoder on the heap agrees.
  const decoded again = decoder(reused.bounds()).decode(text);
  expect(again.index() == got.index());

  // Any bytes can go out as text.
  std::string out;
  encode_result(out, request_id(std::string(text)), json::value(json::string(text)));
  decoder generous(limits().max_bytes(out.size()));
  expect(std::holds_alternative<message>(generous.decode(out)));
  return 0;
}
