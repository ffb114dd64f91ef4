#ifndef COMCP_JSONRPC_CODEC_HPP
#define COMCP_JSONRPC_CODEC_HPP

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"

namespace comcp::jsonrpc {

/** What a message may cost its receiver, checked before anything is built. */
class limits {
 public:
  limits() = default;
  /// Default 16 MiB.
  limits& max_bytes(std::size_t bytes) { return max_bytes_ = bytes, *this; }
  /// Nested arrays and objects; default 64.
  limits& max_depth(std::size_t depth) { return max_depth_ = depth, *this; }
  /// Values in the whole message (members and elements); default 100,000.
  limits& max_elements(std::size_t count) { return max_elements_ = count, *this; }
  /// Messages in one batch; default 100.
  limits& max_batch(std::size_t count) { return max_batch_ = count, *this; }

  std::size_t max_bytes() const noexcept { return max_bytes_; }
  std::size_t max_depth() const noexcept { return max_depth_; }
  std::size_t max_elements() const noexcept { return max_elements_; }
  std::size_t max_batch() const noexcept { return max_batch_; }

 private:
  std::size_t max_bytes_ = std::size_t{16} * 1024 * 1024;
  std::size_t max_depth_ = 64;
  std::size_t max_elements_ = 100'000;
  std::size_t max_batch_ = 100;
};

/** Bytes to messages. Reusable: it keeps its parser's buffers from call to call.

    Every input has one outcome; nothing throws but bad_alloc, after which the decoder is usable. The
    order of judgement is that of the specification: limits, UTF-8 and JSON syntax (-32700); array or
    object, `jsonrpc`, envelope (-32600). A batch is a value here, whether it is legal in the
    negotiated revision or not: that is the session's to judge.

    Ids: integers of 64 bits, signed or unsigned, keep their value; `1.0`, `1e3` and everything else
    with a fraction or an exponent is no integer on the wire and refused, as are larger numbers. `-0` is 0.
    Members that the envelope doesn't know are ignored. Of a member given twice, at any level, the last
    counts. A byte order mark is not JSON.

    @par Thread safety distinct objects
    @par Complexity one look over the bytes, one parse into `storage`, no further copies of `params`
    spec: JSON-RPC 2.0; basic#messages
*/
class decoder {
 public:
  explicit decoder(limits l = {});
  ~decoder();
  decoder(decoder&&) noexcept;
  decoder& operator=(decoder&&) noexcept;

  /** @param storage where the values are built: an arena of the exchange, or the heap. The arena must
             outlive the messages. */
  decoded decode(std::string_view bytes, json::storage_ptr storage = {});

  const limits& bounds() const noexcept { return limits_; }

 private:
  limits limits_;
  class impl;
  std::unique_ptr<impl> impl_;
};

/// One JSON value to a message: what `decode` does behind the parser.
std::variant<message, malformed> classify(json::value&& value);

// Messages to bytes: appended to `out`, one line without line breaks, whatever the values hold. Text
// that isn't UTF-8 is repaired with U+FFFD; numbers that JSON lacks (NaN, infinities) become null.

/// `params` of null is left out.
void encode_request(std::string& out,
                    const request_id& id,
                    std::string_view method,
                    const json::value& params);
void encode_notification(std::string& out, std::string_view method, const json::value& params);
void encode_result(std::string& out, const request_id& id, const json::value& result);
/// The text is trusted to be JSON; line breaks in it become blanks.
void encode_result(std::string& out, const request_id& id, raw_json_view result);
/// A result response up to its result: the caller appends that, and `}`.
void begin_result(std::string& out, const request_id& id);
/// How an error whose request had no readable id says so: R24-R25b `null`, later no member.
enum class missing_id { null, omitted };
void encode_error(std::string& out,
                  const std::optional<request_id>& id,
                  const error_object& error,
                  missing_id without_id = missing_id::omitted);
void encode(std::string& out, const message& m);

/// A value as the encoders write it: for results that are cached as text, and for text content.
std::string to_text(const json::value& value);

}  // namespace comcp::jsonrpc

#endif
