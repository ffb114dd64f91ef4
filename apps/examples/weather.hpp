#ifndef COMCP_APPS_EXAMPLES_WEATHER_HPP
#define COMCP_APPS_EXAMPLES_WEATHER_HPP

// A handler as one writes them: typed arguments with notes, any Asio operation awaited, progress, a
// structured result. The "service" is made up; the waiting is real.

#include <comcp/comcp.hpp>

#include <string>
#include <vector>

namespace example {

enum class unit { celsius, fahrenheit };
BOOST_DESCRIBE_ENUM(unit, celsius, fahrenheit)

struct weather_args {
  std::string city;
  int days = 3;
  unit scale = unit::celsius;
};
BOOST_DESCRIBE_STRUCT(weather_args, (), (city, days, scale))
inline void annotate(comcp::json::notes<weather_args>& about) {
  about(&weather_args::city, "Name of the city").min_length(1).examples({"Lisbon"});
  about(&weather_args::days, "Days ahead").minimum(1).maximum(7).defaulted();
  about(&weather_args::scale, "Unit of the temperatures").defaulted();
}

struct day {
  int offset = 0;
  double high = 0;
  std::string sky;
};
BOOST_DESCRIBE_STRUCT(day, (), (offset, high, sky))

struct forecast {
  std::string city;
  std::vector<day> days;
};
BOOST_DESCRIBE_STRUCT(forecast, (), (city, days))

/// Asks the service day by day. Cancelling the call ends whatever it waits for.
comcp::awaitable<forecast> weather(weather_args args, comcp::request_context& context);

}  // namespace example

#endif
