#include "listening.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <vector>

using namespace comcp;
using namespace comcp::program;

namespace {

struct recorder final : log_sink {
  void write(log_level level, std::string_view message) noexcept override {
    lines.push_back(std::string(to_string(level)) + ": " + std::string(message));
  }
  std::vector<std::string> lines;
};

std::string failure(const serve_options& o) {
  try {
    make_http_endpoint(o, {}, {});
  } catch (const usage_error& e) {
    return e.what();
  }
  return "no error";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(program_listening)

BOOST_AUTO_TEST_CASE(failures_to_listen_say_what_to_do) {
  const auto text = [](std::errc e) {
    return explain_listen_error("1.2.3.4:80", std::make_error_code(e));
  };
  BOOST_TEST(text(std::errc::address_in_use).starts_with("can't listen on 1.2.3.4:80: "));
  BOOST_TEST(text(std::errc::address_in_use).find("choose another port with --listen") !=
             std::string::npos);
  BOOST_TEST(text(std::errc::permission_denied).find("below 1024") != std::string::npos);
  BOOST_TEST(text(std::errc::address_not_available).find("0.0.0.0") != std::string::npos);
  BOOST_TEST(text(std::errc::io_error) == "");
}

BOOST_AUTO_TEST_CASE(loopback_addresses_are_known) {
  for (const char* const a :
       {"127.0.0.1:8080", "localhost:80", ":8080", "[::1]:8080", "127.9.9.9:1"}) {
    BOOST_TEST(is_loopback_address(a), a);
  }
  for (const char* const a : {"0.0.0.0:8080", "192.168.1.1:80", "[::]:80"}) {
    BOOST_TEST(!is_loopback_address(a), a);
  }
}

BOOST_AUTO_TEST_CASE(addresses_hosts_and_origins_that_make_no_sense_are_usage_errors) {
  serve_options o;
  o.listen = "8080";
  BOOST_TEST(failure(o).find("ADDRESS:PORT") != std::string::npos, failure(o));
  o.listen = "db.example:80";
  BOOST_TEST(failure(o).starts_with("--listen: 'db.example' is no IP address"), failure(o));
  o = {};
  o.allow_host = {"http://a.example/"};
  BOOST_TEST(failure(o).starts_with("--allow-host: "), failure(o));
  o = {};
  o.allow_origin = {"a.example"};
  BOOST_TEST(failure(o).starts_with("--allow-origin: "), failure(o));
}

BOOST_AUTO_TEST_CASE(a_certificate_that_cannot_be_read_is_named) {
  serve_options o;
  o.tls_cert = "/no/such/cert.pem";
  o.tls_key = "/no/such/key.pem";
  BOOST_CHECK_EXCEPTION(make_http_endpoint(o, {}, {}), std::runtime_error, [](const auto& e) {
    return std::string(e.what()) == "--tls-cert /no/such/cert.pem: No such file or directory";
  });
}

BOOST_AUTO_TEST_CASE(leaving_this_machine_is_warned_of) {
  const auto sink = std::make_shared<recorder>();
  serve_options o;
  make_http_endpoint(o, {}, logger(sink));
  BOOST_TEST(sink->lines.empty());
  o.listen = "0.0.0.0:8080";
  make_http_endpoint(o, {}, logger(sink));
  BOOST_TEST_REQUIRE(sink->lines.size() == 1U);
  BOOST_TEST(sink->lines[0].starts_with("warning: listening on 0.0.0.0:8080"), sink->lines[0]);
  BOOST_TEST(sink->lines[0].find("--allow-host") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
