// What is the least that a request and its answer over standard input and output cost? Two processes, two pipes, as
// many bytes as asked for in each direction, nothing looked at; one round trip after the other.
//
//   bench_pipe REQUEST-BYTES ANSWER-BYTES SECONDS     prints {"count": ..., "p50": ..., "p99": ...}, in milliseconds
//   bench_pipe --stdio                                a server for `comcp bench`, to have its share in the time as well
//   bench_pipe --stdio --json                         the same, but it parses requests and serializes answers, with
//                                                     Boost.JSON as its manual does
//
// The servers answer calls of the tool `echo` as `comcp bench` writes them, in revision 2026-07-28, and nothing else.

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace json = boost::json;

/// False at the end of input.
bool read_all(int from, std::string& into) {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto n = ::read(from, into.data() + done, into.size() - done);
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

void write_all(int to, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto n = ::write(to, bytes.data() + done, bytes.size() - done);
    if (n <= 0) throw std::runtime_error("can't write to the pipe");
    done += static_cast<std::size_t>(n);
  }
}

std::string_view between(std::string_view in, std::string_view begin, char end) {
  const auto from = in.find(begin);
  if (from == std::string_view::npos) throw std::runtime_error("not a call of echo");
  in.remove_prefix(from + begin.size());
  return in.substr(0, in.find(end));
}

void answer_by_search(std::string_view line, std::string& out) {
  out.append(R"({"jsonrpc":"2.0","id":)").append(between(line, R"("id":)", ','));
  out.append(R"(,"result":{"content":[{"type":"text","text":")");
  out.append(between(line, R"("text":")", '"')).append(R"("}],"resultType":"complete",)");
  // As long as comcp's.
  out.append(R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"pipe.","version":"0.1.0",)");
  out.append(R"("title":"pipe.","description":"SQL on an SQLite database"}}}})").append("\n");
}

void answer_with_json(std::string_view line, std::string& out) {
  static const json::value about{{"name", "pipe."},
                                 {"version", "0.1.0"},
                                 {"title", "pipe."},
                                 {"description", "SQL on an SQLite database"}};
  const json::value request = json::parse(line);
  const json::object& call = request.as_object();
  const json::object& params = call.at("params").as_object();
  if (call.at("method") != "tools/call" || params.at("name") != "echo")
    throw std::runtime_error("not a call of echo");
  const json::value item{{"type", "text"}, {"text", params.at("arguments").at("text")}};
  const json::value result{{"content", json::array{item}},
                           {"resultType", "complete"},
                           {"_meta", {{"io.modelcontextprotocol/serverInfo", about}}}};
  out +=
      json::serialize(json::object{{"jsonrpc", "2.0"}, {"id", call.at("id")}, {"result", result}});
  out += '\n';
}

/// What was read in one go is answered in one go.
void serve(void (*answer)(std::string_view, std::string&)) {
  std::vector<char> in(1 << 16);
  std::size_t filled = 0;
  std::string out;
  for (;;) {
    const auto n = ::read(0, in.data() + filled, in.size() - filled);
    if (n <= 0) return;
    filled += static_cast<std::size_t>(n);
    std::string_view rest(in.data(), filled);
    out.clear();
    for (auto end = rest.find('\n'); end != rest.npos; end = rest.find('\n')) {
      answer(rest.substr(0, end), out);
      rest.remove_prefix(end + 1);
    }
    write_all(1, out);
    std::copy(rest.begin(), rest.end(), in.begin());
    filled = rest.size();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  if (words == std::vector<std::string_view>{"--stdio"}) {
    serve(answer_by_search);
    return 0;
  }
  if (words == std::vector<std::string_view>{"--stdio", "--json"}) {
    serve(answer_with_json);
    return 0;
  }
  if (argc != 4) {
    std::cerr << "usage: bench_pipe REQUEST-BYTES ANSWER-BYTES SECONDS | --stdio [--json]\n";
    return 2;
  }
  std::string request(std::stoul(argv[1]), 'q');
  std::string answer(std::stoul(argv[2]), 'a');
  const std::chrono::duration<double> limit(std::stod(argv[3]));

  int there[2];
  int back[2];
  if (::pipe(there) != 0 || ::pipe(back) != 0) throw std::runtime_error("no pipes");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("can't fork");
  if (child == 0) {
    ::close(there[1]);
    ::close(back[0]);
    while (read_all(there[0], request))
      write_all(back[1], answer);
    std::_Exit(0);
  }
  ::close(there[0]);
  ::close(back[1]);

  using clock = std::chrono::steady_clock;
  std::vector<double> times;
  const auto begin = clock::now();
  for (auto now = begin; now - begin < limit;) {
    write_all(there[1], request);
    if (!read_all(back[0], answer)) throw std::runtime_error("the echo has ended");
    const auto then = std::exchange(now, clock::now());
    times.push_back(std::chrono::duration<double, std::milli>(now - then).count());
  }
  ::close(there[1]);
  ::waitpid(child, nullptr, 0);
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
  };
  std::cout << R"({"count": )" << times.size() << R"(, "p50": )" << at(0.5) << R"(, "p99": )"
            << at(0.99) << "}\n";
}
