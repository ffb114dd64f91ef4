#ifndef COMCP_LIB_HTTP_TRANSPORT_ORIGIN_INFO_HPP
#define COMCP_LIB_HTTP_TRANSPORT_ORIGIN_INFO_HPP

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "comcp/http/exchange.hpp"
#include "comcp/session/principal.hpp"

namespace comcp::detail {

/// Handlers see who asks, never the token: it must not be passed on. (S-AUTH-06)
inline bool is_for_handlers(std::string_view header) noexcept {
  return !http::iequals(header, "Authorization");
}

/// The exchange that opened a session or a task, which outlives it.
class kept_origin final : public request_origin {
 public:
  /// @param transport a literal
  kept_origin(const http::request_head& head,
              const http::peer_info& peer,
              std::string_view transport = "streamable-http")
      : transport_(transport), headers_(head.headers), address_(peer.address) {
    headers_.erase("Authorization");
  }
  std::string_view transport_name() const noexcept override { return transport_; }
  std::optional<std::string_view> header(std::string_view name) const noexcept override {
    return headers_.find(name);
  }
  std::string_view remote_address() const noexcept override { return address_; }
  std::shared_ptr<const request_origin> kept() const override {
    return std::make_shared<kept_origin>(*this);
  }

 private:
  std::string_view transport_;
  http::fields headers_;
  std::string address_;
};

/// The exchange at hand, by reference: for requests that end with it.
class live_origin final : public request_origin {
 public:
  live_origin(const http::request_head& head, const http::peer_info& peer) noexcept
      : head_(head), peer_(peer) {}
  std::string_view transport_name() const noexcept override { return "streamable-http"; }
  std::optional<std::string_view> header(std::string_view name) const noexcept override {
    if (!is_for_handlers(name)) return std::nullopt;
    return head_.header(name);
  }
  std::string_view remote_address() const noexcept override { return peer_.address; }
  std::shared_ptr<const request_origin> kept() const override {
    return std::make_shared<kept_origin>(head_, peer_);
  }

 private:
  const http::request_head& head_;
  const http::peer_info& peer_;
};

}  // namespace comcp::detail

#endif
