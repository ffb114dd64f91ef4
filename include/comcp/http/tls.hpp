#ifndef COMCP_HTTP_TLS_HPP
#define COMCP_HTTP_TLS_HPP

#include <string>
#include <utility>

namespace comcp::http {

/** Certificate and key of a TLS server, from files or from memory (PEM). TLS 1.2 and newer. */
class tls_options {
 public:
  tls_options() noexcept {}

  /// The certificate followed by its chain.
  tls_options& certificate_file(std::string path) {
    return certificate_ = std::move(path), certificate_in_file_ = true, *this;
  }
  tls_options& certificate_pem(std::string text) {
    return certificate_ = std::move(text), certificate_in_file_ = false, *this;
  }
  tls_options& key_file(std::string path) {
    return key_ = std::move(path), key_in_file_ = true, *this;
  }
  tls_options& key_pem(std::string text) {
    return key_ = std::move(text), key_in_file_ = false, *this;
  }
  /// Of an encrypted key.
  tls_options& key_password(std::string password) { return password_ = std::move(password), *this; }

  const std::string& certificate() const noexcept { return certificate_; }
  const std::string& key() const noexcept { return key_; }
  const std::string& password() const noexcept { return password_; }
  bool certificate_in_file() const noexcept { return certificate_in_file_; }
  bool key_in_file() const noexcept { return key_in_file_; }

 private:
  std::string certificate_, key_, password_;
  bool certificate_in_file_ = false;
  bool key_in_file_ = false;
};

}  // namespace comcp::http

#endif
