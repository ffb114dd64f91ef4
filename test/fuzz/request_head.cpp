// The head of a request: Beast reads what our parser takes in just the same way. Ours refuses more.

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>

#include "http/request_parser.hpp"

namespace {

namespace beast_http = boost::beast::http;
using comcp::http::body_framing;
using comcp::http::request_head;
using comcp::http::request_parser;

void require(bool holds) {
  if (!holds) std::abort();
}

// Its name has changed between Boost versions.
using beast_view = boost::beast::string_view;

/// What Beast finds, in the order of the lines.
class beast_parser final : public beast_http::basic_parser<true> {
 public:
  explicit beast_parser(request_head& to) : to_(to) {
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
  }

 private:
  using error_code = boost::beast::error_code;
  static std::string_view view(beast_view text) { return {text.data(), text.size()}; }

  void on_request_impl(
      beast_http::verb, beast_view method, beast_view target, int version, error_code&) override {
    to_.method = view(method);
    to_.target = view(target);
    to_.version = version;
  }
  void on_field_impl(beast_http::field, beast_view name, beast_view value, error_code&) override {
    to_.headers.add(view(name), view(value));
  }
  void on_header_impl(error_code&) override {}
  void on_response_impl(int, beast_view, int, error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(beast_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, beast_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  request_head& to_;
};

void compare(std::string_view bytes, const request_head& ours, const body_framing& framing) {
  request_head theirs;
  beast_parser other(theirs);
  boost::beast::error_code error;
  other.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  // It also reads the list in Connection, which decides nothing but when to close.
  if (error == beast_http::error::bad_value) return;
  require(!error && other.is_header_done());

  require(theirs.method == ours.method && theirs.target == ours.target);
  require(theirs.version == ours.version);
  require(other.chunked() == (framing.how == body_framing::kind::chunked));
  if (const auto length = other.content_length())
    require(*length == framing.length);
  else
    require(framing.how != body_framing::kind::length);
  require(theirs.headers.size() == ours.headers.size());
  for (std::size_t i = 0; i < ours.headers.size(); ++i)
    require(theirs.headers[i].name == ours.headers[i].name &&
            theirs.headers[i].value == ours.headers[i].value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  request_parser parser(4096, 20);
  request_head head;
  const auto whole = parser.read(bytes, head);
  if (whole == request_parser::progress::done) {
    // Without the empty lines before it, which Beast doesn't skip.
    std::size_t begin = 0;
    while (std::string_view(bytes).substr(begin).starts_with("\r\n"))
      begin += 2;
    compare(std::string_view(bytes).substr(begin, parser.head_size() - begin), head,
            parser.framing());
  }

  // The outcome doesn't depend on how the bytes were cut.
  request_parser slow(4096, 20);
  request_head pieces;
  auto result = request_parser::progress::need_more;
  for (std::size_t n = 1; n <= size && result == request_parser::progress::need_more; ++n)
    result = slow.read(std::string_view(bytes).substr(0, n), pieces);
  require(result == whole && slow.status() == parser.status());
  return 0;
}
