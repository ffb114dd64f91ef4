#include "log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <memory>
#include <string>

namespace comcp::program {

namespace {

spdlog::level::level_enum to_spdlog(log_level level) noexcept {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warning:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

class stderr_sink final : public log_sink {
 public:
  stderr_sink() : to_("comcp", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()) {
    to_.set_level(spdlog::level::trace);  // the library's threshold decides
    to_.set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
    to_.flush_on(spdlog::level::trace);
  }
  void write(log_level level, std::string_view message) noexcept override {
    to_.log(to_spdlog(level), spdlog::string_view_t(message.data(), message.size()));
  }

 private:
  spdlog::logger to_;
};

}  // namespace

logger make_log(std::string_view level) {
  if (level == "off") return logger();
  log_level threshold = log_level::info;
  if (level == "debug") threshold = log_level::debug;
  if (level == "warning") threshold = log_level::warning;
  if (level == "error") threshold = log_level::error;
  return logger(std::make_shared<stderr_sink>(), threshold);
}

}  // namespace comcp::program
