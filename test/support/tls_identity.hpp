#ifndef COMCP_TEST_SUPPORT_TLS_IDENTITY_HPP
#define COMCP_TEST_SUPPORT_TLS_IDENTITY_HPP

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <string>

namespace http_test {

struct identity {
  std::string certificate, key, encrypted_key;
};

template <class F>
std::string to_pem(F write) {
  BIO* bio = BIO_new(BIO_s_mem());
  write(bio);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

/// A self-signed certificate for localhost, made anew in each run.
inline identity make_identity() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* x = X509_new();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, key);
  auto* name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(x, name);
  auto* alt = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
  X509_add_ext(x, alt, -1);
  X509_EXTENSION_free(alt);
  X509_sign(x, key, EVP_sha256());
  identity out;
  out.certificate = to_pem([&](BIO* b) { PEM_write_bio_X509(b, x); });
  out.key = to_pem(
      [&](BIO* b) { PEM_write_bio_PrivateKey(b, key, nullptr, nullptr, 0, nullptr, nullptr); });
  out.encrypted_key = to_pem([&](BIO* b) {
    PEM_write_bio_PrivateKey(b, key, EVP_aes_128_cbc(), nullptr, 0, nullptr,
                             const_cast<char*>("secret"));
  });
  X509_free(x);
  EVP_PKEY_free(key);
  return out;
}

inline const identity& shared_identity() {
  static const identity made = make_identity();
  return made;
}

}  // namespace http_test

#endif
