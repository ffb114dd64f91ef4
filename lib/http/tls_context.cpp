#include "http/tls_context.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/system/system_error.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string>
#include <string_view>

namespace comcp::http {

namespace {

using boost::system::error_code;
namespace ssl = asio::ssl;

void check(const error_code& ec, const std::string& what) {
  if (ec) throw boost::system::system_error(ec, what);
}

std::string named(std::string_view what, const std::string& value, bool in_file) {
  if (value.empty()) return std::string(what) + " is missing: set it in tls_options";
  return std::string(what) + (in_file ? " file '" + value + "'" : std::string(" (PEM text)"));
}

// HTTP/1.1 when the client offers protocols; without an offer nothing is chosen.
int choose_protocol(SSL*,
                    const unsigned char** out,
                    unsigned char* out_size,
                    const unsigned char* in,
                    unsigned in_size,
                    void*) {
  static constexpr unsigned char ours[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, in, in_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

std::unique_ptr<ssl::context> make_tls_context(const tls_options& options) {
  auto made = std::make_unique<ssl::context>(ssl::context::tls_server);
  auto& context = *made;
  auto* native = context.native_handle();
  error_code ec;
  context.set_options(ssl::context::default_workarounds | ssl::context::no_compression |
                          ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1,
                      ec);
  check(ec, "TLS options");
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_alpn_select_cb(native, &choose_protocol, nullptr);
  // An idle connection keeps no 34 KiB of record buffers.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);

  context.set_password_callback(
      [password = options.password()](std::size_t, ssl::context::password_purpose) {
        return password;
      },
      ec);
  check(ec, "TLS key password");

  const auto certificate =
      named("TLS certificate", options.certificate(), options.certificate_in_file());
  if (options.certificate_in_file())
    context.use_certificate_chain_file(options.certificate(), ec);
  else
    context.use_certificate_chain(asio::buffer(options.certificate()), ec);
  check(ec, certificate);

  const auto key = named("TLS key", options.key(), options.key_in_file());
  if (options.key_in_file())
    context.use_private_key_file(options.key(), ssl::context::pem, ec);
  else
    context.use_private_key(asio::buffer(options.key()), ssl::context::pem, ec);
  check(ec, key);
  if (SSL_CTX_check_private_key(native) != 1)
    check(error_code(static_cast<int>(ERR_get_error()), asio::error::get_ssl_category()),
          "TLS key does not belong to the certificate");
  return made;
}

}  // namespace comcp::http
