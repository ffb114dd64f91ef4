#include "weather.hpp"

#include <boost/asio/connect_pipe.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/writable_pipe.hpp>
#include <boost/asio/write.hpp>

#include <chrono>

namespace asio = boost::asio;

namespace example {

namespace {

// Stands for a remote service: a pipe through which the question goes and comes back. Any other Asio
// operation, or library on Asio, is awaited the same way.
comcp::awaitable<std::string> ask_service(std::string question) {
  const auto executor = co_await asio::this_coro::executor;
  asio::readable_pipe from(executor);
  asio::writable_pipe to(executor);
  asio::connect_pipe(from, to);
  question += '\n';
  co_await asio::async_write(to, asio::buffer(question), asio::use_awaitable);
  std::string answer;
  co_await asio::async_read_until(from, asio::dynamic_buffer(answer), '\n', asio::use_awaitable);
  answer.pop_back();
  co_return answer;
}

day make_day(int offset, const std::string& answer, unit scale) {
  unsigned mix = 2166136261U;
  for (const char c : answer)
    mix = (mix ^ static_cast<unsigned char>(c)) * 16777619U;
  const double celsius = 8.0 + mix % 180 / 10.0;
  const char* const skies[] = {"clear", "cloudy", "rain", "fog"};
  day out;
  out.offset = offset;
  out.high = scale == unit::celsius ? celsius : celsius * 9 / 5 + 32;
  out.sky = skies[mix / 256 % 4];
  return out;
}

}  // namespace

comcp::awaitable<forecast> weather(weather_args args, comcp::request_context& context) {
  forecast out;
  out.city = args.city;
  for (int i = 0; i < args.days; ++i) {
    co_await context.report_progress(i, args.days, "asking for day " + std::to_string(i + 1));
    co_await comcp::sleep(std::chrono::milliseconds(50));  // the service wants us to be slow
    const std::string answer = co_await ask_service(args.city + " " + std::to_string(i));
    out.days.push_back(make_day(i, answer, args.scale));
  }
  co_return out;
}

}  // namespace example
