#include "counting.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/version.hpp>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string_view>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name)
#endif

namespace {

std::size_t allocations = 0;

}  // namespace

// Asio's frames come from std::aligned_alloc: counting operator new would not see them.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t n) {
  ++allocations;
  return __libc_malloc(n);
}
void* aligned_alloc(std::size_t alignment, std::size_t n) {
  ++allocations;
  return __libc_memalign(alignment, n);
}
}

namespace comcp::bench {

namespace {

namespace fs = std::filesystem;

constexpr int skipped = 77;
constexpr double tolerance = 1.05;

struct cost {
  double instructions = 0;
  double allocations = 0;
};
using table = std::map<std::string, cost>;

std::string tools() {
  std::ostringstream out;
#if defined(__clang__)
  out << "Clang " << __clang_major__;
#else
  out << "GCC " << __GNUC__ << '.' << __GNUC_MINOR__;
#endif
  out << ", Boost " << BOOST_VERSION / 100000 << '.' << BOOST_VERSION / 100 % 1000 << ", "
#ifdef NDEBUG
      << "optimised";
#else
      << "with assertions";
#endif
  return out.str();
}

/// The processor's counter; few virtual machines have one.
class perf_meter final : public meter {
 public:
  perf_meter() {
    perf_event_attr wanted{};
    wanted.type = PERF_TYPE_HARDWARE;
    wanted.size = sizeof wanted;
    wanted.config = PERF_COUNT_HW_INSTRUCTIONS;
    wanted.exclude_kernel = 1;
    wanted.exclude_hv = 1;
    fd_ = static_cast<int>(::syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0));
  }
  perf_meter(const perf_meter&) = delete;
  perf_meter& operator=(const perf_meter&) = delete;
  ~perf_meter() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool works() const { return fd_ >= 0 && read().has_value(); }

  void start() override {
    allocations_ = allocations;
    instructions_ = read().value_or(0);
  }
  void stop() override {
    instructions_ = read().value_or(0) - instructions_;
    allocations_ = allocations - allocations_;
  }
  cost per(std::size_t n) const {
    return {static_cast<double>(instructions_) / static_cast<double>(n),
            static_cast<double>(allocations_) / static_cast<double>(n)};
  }

 private:
  std::optional<std::uint64_t> read() const {
    std::uint64_t value = 0;
    if (::read(fd_, &value, sizeof value) != static_cast<ssize_t>(sizeof value)) return {};
    return value;
  }
  int fd_ = -1;
  std::uint64_t instructions_ = 0;
  std::size_t allocations_ = 0;
};

/// In a process that runs under callgrind: each stop() makes it write a file.
class callgrind_meter final : public meter {
 public:
  void start() override {
    before_ = allocations;
    CALLGRIND_ZERO_STATS;
  }
  void stop() override {
    CALLGRIND_DUMP_STATS_AT("step");
    counted_ = allocations - before_;
  }
  std::size_t counted() const { return counted_; }

 private:
  std::size_t before_ = 0;
  std::size_t counted_ = 0;
};

int run_under_callgrind(const std::vector<step>& steps, const char* result) {
  std::ofstream out{result};
  callgrind_meter m;
  for (const step& s : steps) {
    s.run(m, s.repeat);
    out << m.counted() << '\n';
  }
  return out.good() ? 0 : 1;
}

std::uint64_t totals_of(const fs::path& file) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("totals: ")) return std::stoull(line.substr(8));
  }
  throw std::runtime_error{"callgrind wrote no totals to " + file.string()};
}

table count_by_callgrind(const std::vector<step>& steps) {
#if !__has_include(<valgrind/callgrind.h>)
  throw std::runtime_error{"built without valgrind/callgrind.h"};
#endif
  if (std::system("valgrind --version > /dev/null 2>&1") != 0) {
    throw std::runtime_error{"perf_event_open() gives no counter here, and valgrind is missing"};
  }
  std::string dir = (fs::temp_directory_path() / "comcp-bench-XXXXXX").string();
  if (!::mkdtemp(dir.data())) throw std::runtime_error{"no temporary directory"};
  struct remover {
    const std::string& dir;
    ~remover() {
      std::error_code ignored;
      fs::remove_all(dir, ignored);
    }
  } const at_end{dir};
  const std::string command = "valgrind --tool=callgrind --callgrind-out-file='" + dir + "/out' '" +
                              fs::read_symlink("/proc/self/exe").string() +
                              "' --under-callgrind '" + dir + "/allocations' > '" + dir +
                              "/log' 2>&1";
  if (std::system(command.c_str()) != 0) {
    std::ifstream log{dir + "/log"};
    std::cerr << log.rdbuf();
    throw std::runtime_error{"the run under valgrind failed"};
  }
  table result;
  std::ifstream counted{dir + "/allocations"};
  for (std::size_t i = 0; i != steps.size(); ++i) {
    const auto n = static_cast<double>(steps[i].repeat);
    double allocated = 0;
    if (!(counted >> allocated)) throw std::runtime_error{"the run under valgrind stopped early"};
    const auto total = totals_of(dir + "/out." + std::to_string(i + 1));
    result[steps[i].name] = {static_cast<double>(total) / n, allocated / n};
  }
  return result;
}

table count(const std::vector<step>& steps, std::string& how) {
  perf_meter m;
  if (!m.works()) {
    how = "callgrind";
    return count_by_callgrind(steps);
  }
  how = "the processor's counter";
  table result;
  for (const step& s : steps) {
    s.run(m, s.repeat);
    result[s.name] = m.per(s.repeat);
  }
  return result;
}

void print(const std::vector<step>& steps, const table& costs, const std::string& how) {
  std::printf("%s; counted by %s\n\n", tools().c_str(), how.c_str());
  std::printf("| %-58s | %12s | %11s | %-13s |\n", "Step", "Instructions", "Allocations", "Goal");
  std::printf("|%.60s|%.13s:|%.12s:|%.15s|\n", std::string(60, '-').c_str(),
              std::string(13, '-').c_str(), std::string(12, '-').c_str(),
              std::string(15, '-').c_str());
  for (const step& s : steps) {
    const cost& c = costs.at(s.name);
    std::string goal;
    if (s.most_instructions != 0) {
      goal = std::to_string(static_cast<long>(s.most_instructions));
      if (s.most_allocations != 0)
        goal += " / " + std::to_string(static_cast<long>(s.most_allocations));
    }
    std::printf("| %-58s | %12.0f | %11.2f | %-13s |\n", s.name.c_str(), c.instructions,
                c.allocations, goal.c_str());
  }
}

int write(const std::vector<step>& steps, const table& costs, const char* file) {
  std::ofstream out{file};
  out << "# tools\t" << tools() << "\n# step\tinstructions\tallocations\n";
  for (const step& s : steps) {
    const cost& c = costs.at(s.name);
    char line[64];
    std::snprintf(line, sizeof line, "\t%.0f\t%.2f\n", c.instructions, c.allocations);
    out << s.name << line;
  }
  return out.good() ? 0 : 1;
}

int skip(const std::string& why) {
  std::cout << "skipped: " << why << '\n';
  return skipped;
}

struct baseline {
  std::string tools;
  table costs;
};

baseline read_baseline(const char* file) {
  std::ifstream in{file};
  if (!in) throw std::invalid_argument{std::string{"can't read the baseline "} + file};
  baseline result;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields{line};
    std::string name;
    std::getline(fields, name, '\t');
    if (name == "# tools") {
      std::getline(fields, result.tools);
    } else if (!name.starts_with('#')) {
      fields >> result.costs[name].instructions >> result.costs[name].allocations;
    }
  }
  return result;
}

int compare(const std::vector<step>& steps, const table& costs, const baseline& base) {
  int bad = 0;
  for (const step& s : steps) {
    const auto was = base.costs.find(s.name);
    if (was == base.costs.end()) {
      std::printf("NO BASELINE  %s\n", s.name.c_str());
      ++bad;
      continue;
    }
    const auto report = [&](const char* what, double before, double now) {
      const bool worse = now > before * tolerance + 0.005;
      if (worse || now * tolerance + 0.005 < before) {
        std::printf("%s  %s: %s %.2f, were %.2f\n", worse ? "WORSE " : "better", s.name.c_str(),
                    what, now, before);
      }
      if (worse) ++bad;
    };
    report("instructions", was->second.instructions, costs.at(s.name).instructions);
    report("allocations", was->second.allocations, costs.at(s.name).allocations);
  }
  if (bad != 0) {
    std::printf(
        "\n%d figures are worse than the baseline. If it must be: --write it anew and say why.\n",
        bad);
  }
  return bad == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv, const std::vector<step>& steps) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (argc != (mode.empty() ? 1 : 3)) {
    std::cerr << "usage: " << argv[0] << " [--check BASELINE | --write BASELINE]\n";
    return 2;
  }
  if (mode == "--under-callgrind") return run_under_callgrind(steps, argv[2]);
  baseline base;
  if (mode == "--check") {
    try {
      base = read_baseline(argv[2]);
    } catch (const std::invalid_argument& e) {
      std::cerr << e.what() << '\n';
      return 2;
    }
    if (base.tools != tools()) {
      return skip("the baseline is of " + base.tools + ", this is " + tools());
    }
  }
  table costs;
  std::string how;
  try {
    costs = count(steps, how);
  } catch (const std::exception& e) {
    return skip(e.what());
  }
  print(steps, costs, how);
  if (mode == "--write") return write(steps, costs, argv[2]);
  if (mode == "--check") return compare(steps, costs, base);
  return 0;
}

}  // namespace comcp::bench
