#ifndef COMCP_PROTOCOL_CONTENT_HPP
#define COMCP_PROTOCOL_CONTENT_HPP

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/capabilities.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/** Hints for the client on whom content is for. spec: Annotations */
class annotations {
 public:
  annotations() = default;

  std::vector<std::string> audience;  ///< "user", "assistant"
  std::optional<double> priority;     ///< 0..1
  std::string last_modified;          ///< ISO 8601

  bool empty() const noexcept { return audience.empty() && !priority && last_modified.empty(); }
};

/** A piece of text. */
class text_content {
 public:
  text_content() = default;
  explicit text_content(std::string t) : text(std::move(t)) {}
  std::string text;
};

/** An image or a sound: base64 data with its MIME type. */
class binary_content {
 public:
  binary_content() = default;
  binary_content(std::string base64, std::string type)
      : data(std::move(base64)), mime_type(std::move(type)) {}
  std::string data;
  std::string mime_type;
};
class image_content : public binary_content {
 public:
  using binary_content::binary_content;
};
class audio_content : public binary_content {
 public:
  using binary_content::binary_content;
};

/** The contents of a resource: text, or bytes as base64 (S-RES-05). */
class resource_contents {
 public:
  resource_contents() = default;
  static resource_contents of_text(std::string uri, std::string text, std::string mime_type = {});
  /// Encodes `bytes` as base64.
  static resource_contents of_bytes(std::string uri,
                                    std::string_view bytes,
                                    std::string mime_type = {});

  std::string uri;
  std::string mime_type;
  std::string text;
  std::string blob;  ///< base64; used when `binary`
  bool binary = false;
  json::object meta;
};

/** A resource inside a message. */
class embedded_resource {
 public:
  embedded_resource() = default;
  explicit embedded_resource(resource_contents c) : resource(std::move(c)) {}
  resource_contents resource;
};

/** What a server lists of a resource; as content, a link to it. */
class resource {
 public:
  resource() = default;
  resource(std::string u, std::string n) : uri(std::move(u)), name(std::move(n)) {}

  std::string uri;
  std::string name;
  std::string title;
  std::string description;
  std::string mime_type;
  protocol::annotations annotations;
  std::optional<std::int64_t> size;  ///< bytes, before any encoding
  std::vector<icon> icons;
  json::object meta;
};
class resource_link : public resource {
 public:
  using resource::resource;
};

/** One block of content in a tool result or a prompt. */
class content_block {
 public:
  /// A json::object is a block of a kind we don't know, carried verbatim.
  using kind = std::variant<text_content,
                            image_content,
                            audio_content,
                            embedded_resource,
                            resource_link,
                            json::object>;

  content_block() = default;
  template <class T>
    requires std::constructible_from<kind, T&&>
  content_block(T&& v) : value(std::forward<T>(v)) {}  // NOLINT: a block is what it holds
  content_block(std::string text) : value(text_content(std::move(text))) {}
  content_block(const char* text) : value(text_content(text)) {}

  kind value;
  protocol::annotations annotations;
  json::object meta;
};

/** A block as the revision has it: one that lacks links gets an embedded text, one that lacks audio a
    text that says so (02-messages: serialising to a given revision). */
json::object encode(const content_block& block, const rules& r);
json::array encode(const std::vector<content_block>& blocks, const rules& r);
json::object encode(const annotations& value, const rules& r);
json::object encode(const resource_contents& value, const rules& r);
json::object encode(const resource& value, const rules& r);

/** The block that a value is. A type that isn't known is kept verbatim: a newer peer must not fail the
    whole message (02-messages §4). Else -32602 naming the member, as `path` begins. */
std::variant<content_block, jsonrpc::error_object> decode_content_block(const json::value& value,
                                                                        std::string path = {});

/// Standard base64 with padding (RFC 4648 §4).
std::string to_base64(std::string_view bytes);

}  // namespace comcp::protocol

#endif
