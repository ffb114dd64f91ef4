#ifndef COMCP_APPS_COMCP_BENCH_REQUEST_TEXT_HPP
#define COMCP_APPS_COMCP_BENCH_REQUEST_TEXT_HPP

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "comcp/protocol/version.hpp"

namespace comcp::bench {

struct bench_options;

/// Ids always have ten digits, and fit servers that keep them in 32 bits.
inline constexpr std::uint32_t first_id = 1'000'000'000;
inline constexpr std::uint32_t id_count = 1'100'000'000;

/** Bytes that are sent again and again: built once, only the id is written anew. */
class request_text {
 public:
  request_text& append(std::string_view text) {
    text_.append(text);
    return *this;
  }
  /// Room for the id: `set_id` writes its ten digits here.
  request_text& append_id();
  request_text& append(const request_text& other);

  void set_id(std::uint32_t id) noexcept;
  const std::string& text() const noexcept { return text_; }
  std::size_t size() const noexcept { return text_.size(); }

 private:
  std::string text_;
  std::vector<std::size_t> ids_;  // where
};

/// The ten digits.
std::string id_text(std::uint32_t id);

/** The messages of a client. All of them are one line without its end. */
class messages {
 public:
  messages(const bench_options& options, const protocol::rules& rules);

  /// What is measured.
  request_text load() const;
  /// What the answer must contain; empty: anything will do.
  request_text wanted() const;

  static request_text discover(const protocol::rules& modern);
  static request_text initialize(std::string_view revision);
  static std::string initialized();

 private:
  const bench_options& options_;
  const protocol::rules& rules_;
};

/** The head and body of an HTTP request. @param more lines of the head, each with its end */
request_text post(const std::string& target,
                  const std::string& host,
                  std::string_view more,
                  const request_text& body);

/// The lines of the head that say which request of 2026-07-28 the body is.
std::string modern_headers(const protocol::rules& rules,
                           std::string_view method,
                           std::string_view name);

}  // namespace comcp::bench

#endif
