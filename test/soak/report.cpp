#include "soak/report.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

namespace soak {

namespace {

/// The drain's limit, what connections get behind it, and a start on a busy machine.
constexpr double longest_restart = 10;
constexpr double most_growth = 0.05;

std::string line(const char* format, ...) {
  char text[400];
  std::va_list all;
  va_start(all, format);
  std::vsnprintf(text, sizeof text, format, all);
  va_end(all);
  return std::string(text) + '\n';
}

std::uint64_t number(const comcp::json::object& counters, const char* what) {
  const auto* v = counters.if_contains(what);
  return v ? v->to_number<std::uint64_t>() : 0;
}

std::string count_line(const char* what, std::uint64_t n) {
  return line("%-44s %12llu", what, static_cast<unsigned long long>(n));
}

}  // namespace

std::uint64_t results::counted(const char* what) const {
  std::uint64_t n = 0;
  for (const comcp::json::object* o : {&first, &last})
    n += number(*o, what);
  return n;
}

double results::growth() const {
  const double third = (minutes - warm_up) / 3;
  const auto mean = [&](double from, double to) {
    double sum = 0;
    int n = 0;
    for (const sample& s : under_load)
      if (s.minute > from && s.minute <= to) sum += static_cast<double>(s.rss_kib), ++n;
    return n ? sum / n : 0.0;
  };
  const double before = mean(warm_up, warm_up + third);
  return before > 0 ? mean(minutes - third, minutes + 1) / before - 1 : 0;
}

std::vector<std::string> results::failures(const world& w) const {
  std::vector<std::string> all;
  if (!w.counts.clean()) all.push_back("clients were not served as they must be");
  if (w.counts.answers == 0) all.push_back("nothing was answered");
  if (!w.server.complaints().empty()) all.push_back("the server has complained");
  if (bad_ends > 0) all.push_back("the server did not end with status 0");
  if (!idle_each_time) all.push_back("something was left alive");
  if (warmed_up.files > at_start.files || at_end.files > at_start.files)
    all.push_back("descriptors were left open");
  if (restart_seconds > longest_restart) all.push_back("the restart took too long");
  // One conversation that was under way, one that met the old server's end, and what was tried in between.
  if (static_cast<double>(w.counts.excused) > workers * (2 + restart_seconds / 0.02))
    all.push_back("the restart refused too much");
  // A short run may lack a kind.
  const auto done = w.counts.kinds();
  if (minutes >= 1 && done.size() < worker::kind_count())
    all.push_back("not every kind of conversation took place");
  if (done.contains("slow readers") && counted("producerWaits") == 0)
    all.push_back("no slow reader made its producer wait");
  if (!any_memory && growth() >= most_growth) all.push_back("the memory grew");
  return all;
}

std::string results::text(const world& w) const {
  const totals& n = w.counts;
  std::string t;
  t += count_line("answers, each its caller's own", n.answers);
  t += count_line("notifications, each its reader's own", n.notifications);
  t += count_line("requests and streams that were left", n.left);
  t += count_line("sessions opened", n.sessions);
  t += count_line("refused without reason", n.of(trouble::refused));
  t += count_line("lost", n.of(trouble::lost));
  t += count_line("cut", n.of(trouble::cut));
  t += count_line("somebody else's", n.of(trouble::crossed));
  t += count_line("twice", n.of(trouble::doubled));
  t += count_line("wrong otherwise", n.of(trouble::wrong));
  t += line("%-44s %12llu in %.1f s", "refused by the restart, excused",
            static_cast<unsigned long long>(n.excused.load()), restart_seconds);
  t += line("%-44s %12zu of %zu", "lines of the server's log that are warnings",
            w.server.complaints().size(), w.server.lines());
  t += count_line("times that a producer had to wait", counted("producerWaits"));
  t += count_line("streams resumed", counted("streamsResumed"));
  t += count_line("sessions that were idle too long", counted("sessionsReaped"));
  t += line("\nconversations, to their end:");
  for (const auto& [name, times] : n.kinds())
    t += count_line(("  " + name).c_str(), times);

  t += line("\n%-44s %8s %12s", "minute", "RSS KiB", "descriptors");
  const auto row = [&](const std::string& when, const sample& s) {
    t += line("%-44s %8ld %12ld", when.c_str(), s.rss_kib, s.files);
  };
  row("idle, before the first client", at_start);
  const std::size_t step = std::max<std::size_t>(1, under_load.size() / 24);
  bool warm = false;
  for (std::size_t i = 0; i < under_load.size(); i += step) {
    if (!warm && under_load[i].minute > warm_up) {
      warm = true;
      row("idle, warmed up", warmed_up);
    }
    char minute[20];
    std::snprintf(minute, sizeof minute, "%.1f", under_load[i].minute);
    row(minute, under_load[i]);
  }
  row("idle, behind the last client", at_end);
  t += line("RSS, last third behind the warm-up against the first: %+.1f %%", growth() * 100);
  for (const std::string& s : n.samples())
    t += "  " + s + '\n';
  const auto complaints = w.server.complaints();
  for (std::size_t i = 0; i < std::min<std::size_t>(20, complaints.size()); ++i)
    t += "  log: " + complaints[i] + '\n';
  const auto why = failures(w);
  for (const std::string& f : why)
    t += "FAILED: " + f + '\n';
  return t + (why.empty() ? "PASSED\n" : "");
}

}  // namespace soak
