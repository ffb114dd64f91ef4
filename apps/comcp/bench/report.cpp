#include "bench/report.hpp"

#include <cstdio>
#include <string_view>

#include "bench/load.hpp"

namespace comcp::bench {

namespace {

template <class... A>
std::string format(const char* pattern, A... values) {
  char text[256];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

void add_row(std::string& out, std::string_view name, const std::string& value) {
  out.append(name).append(name.size() < 12 ? 12 - name.size() : 1, ' ').append(value) += '\n';
}

std::string milliseconds(std::uint64_t nanoseconds) {
  return format("%.3f ms", static_cast<double>(nanoseconds) / 1e6);
}

std::string mebibytes(double bytes) {
  return format("%.2f MiB", bytes / 1048576.0);
}

std::string command_line(const bench_options& o) {
  if (!o.stdio) return o.url;
  std::string out;
  for (const std::string& word : o.command)
    out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string shape(const bench_options& o, const outcome& r) {
  std::string out = o.method;
  if (o.method == "tools/call") out += " " + o.tool;
  out += ", " + (r.revision.empty() ? std::string("no revision") : r.revision) + ", " +
         std::to_string(o.connections) + (o.stdio ? " processes" : " connections");
  if (o.connections == 1) out.resize(out.size() - (o.stdio ? 2 : 1));
  if (o.in_flight > 1) out += " x " + std::to_string(o.in_flight) + " requests at once";
  if (o.rate > 0) out += format(", %g requests/s", o.rate);
  if (o.churn > 0) out += ", new session every " + std::to_string(o.churn);
  return out + (r.interrupted ? " (ended early)" : "");
}

double per_second(double amount, const outcome& r) {
  return r.seconds > 0 ? amount / r.seconds : 0;
}

bool has_server(const bench_options& o, const outcome& r) {
  // Processes that came and went weren't counted.
  return !r.pids.empty() && r.server.rss_kib > 0 && !(o.stdio && o.churn > 0);
}

double micros_per_answer(double cpu_seconds, const outcome& r) {
  return r.counts.in_time == 0 ? 0 : cpu_seconds * 1e6 / static_cast<double>(r.counts.in_time);
}

}  // namespace

std::string table(const bench_options& o, const outcome& r) {
  const tally& t = r.counts;
  std::string out = command_line(o) + "\n" + shape(o, r) + "\n\n";
  add_row(out, "answers",
          format("%llu in %.2f s, %.1f per second", static_cast<unsigned long long>(t.in_time),
                 r.seconds, per_second(static_cast<double>(t.in_time), r)));
  if (t.answers > 0) {
    const auto at = [&t](double p) { return milliseconds(t.latency.percentile(p)); };
    add_row(out, "latency",
            "p50 " + at(50) + "  p90 " + at(90) + "  p99 " + at(99) + "  p99.9 " + at(99.9) +
                "  max " + milliseconds(t.latency.max()));
  }
  add_row(out, "bytes",
          mebibytes(static_cast<double>(t.sent_bytes)) + " sent, " +
              mebibytes(static_cast<double>(t.received_bytes)) + " received");
  if (t.streams > 0 || t.progress > 0)
    add_row(out, "streams",
            format("%llu answers, %llu events, %llu progress notifications",
                   static_cast<unsigned long long>(t.streams),
                   static_cast<unsigned long long>(t.events),
                   static_cast<unsigned long long>(t.progress)));
  if (o.churn > 0) add_row(out, "sessions", std::to_string(t.sessions));
  if (has_server(o, r)) {
    add_row(out, "server",
            format("CPU %.0f %%, %.1f us per answer; memory %.1f MiB, at most %.1f MiB",
                   per_second(100 * r.server_cpu_seconds, r),
                   micros_per_answer(r.server_cpu_seconds, r),
                   static_cast<double>(r.server.rss_kib) / 1024,
                   static_cast<double>(r.server.peak_rss_kib) / 1024));
  }
  add_row(out, "this side",
          format("CPU %.0f %%, %.1f us per answer", per_second(100 * r.own_cpu_seconds, r),
                 micros_per_answer(r.own_cpu_seconds, r)));
  if (r.unsent > 0)
    add_row(out, "not sent",
            std::to_string(r.unsent) +
                " requests that were due: more connections are needed, or a lower "
                "--rate");
  add_row(out, "errors", std::to_string(t.errors()));
  for (std::size_t i = 0; i < failure_count; ++i) {
    if (t.failures[i] == 0) continue;
    add_row(out, "  " + std::string(name_of(static_cast<failure>(i))),
            std::to_string(t.failures[i]) + ", the first: " + t.samples[i]);
  }
  return out;
}

json::object json_report(const bench_options& o, const outcome& r) {
  const tally& t = r.counts;
  const auto ms = [](double nanoseconds) { return nanoseconds / 1e6; };
  const auto at = [&](double p) { return ms(static_cast<double>(t.latency.percentile(p))); };
  json::object out;
  out["target"] = command_line(o);
  out["transport"] = o.stdio ? "stdio" : "http";
  out["revision"] = r.revision;
  out["method"] = o.method;
  if (o.method == "tools/call") out["tool"] = o.tool;
  out["connections"] = o.connections;
  out["inFlight"] = o.in_flight;
  out["rate"] = o.rate;
  out["churn"] = o.churn;
  out["seconds"] = r.seconds;
  out["interrupted"] = r.interrupted;
  out["answers"] = t.answers;
  out["answersInTime"] = t.in_time;
  out["answersPerSecond"] = per_second(static_cast<double>(t.in_time), r);
  out["latencyMs"] = json::object{{"mean", ms(t.latency.mean())},
                                  {"min", ms(static_cast<double>(t.latency.min()))},
                                  {"p50", at(50)},
                                  {"p90", at(90)},
                                  {"p99", at(99)},
                                  {"p99.9", at(99.9)},
                                  {"max", ms(static_cast<double>(t.latency.max()))}};
  json::object errors{{"total", t.errors()}};
  json::object samples;
  for (std::size_t i = 0; i < failure_count; ++i) {
    const auto name = name_of(static_cast<failure>(i));
    errors[name] = t.failures[i];
    if (t.failures[i] > 0) samples[name] = t.samples[i];
  }
  out["errors"] = std::move(errors);
  out["firstErrors"] = std::move(samples);
  out["unsent"] = r.unsent;
  out["sentBytes"] = t.sent_bytes;
  out["receivedBytes"] = t.received_bytes;
  out["sessions"] = t.sessions;
  out["eventStreams"] = t.streams;
  out["events"] = t.events;
  out["progressNotifications"] = t.progress;
  if (has_server(o, r)) {
    json::array pids;
    for (const pid_t pid : r.pids)
      pids.push_back(json::value(pid));
    out["server"] =
        json::object{{"pids", std::move(pids)},
                     {"cpuSeconds", r.server_cpu_seconds},
                     {"cpuMicrosecondsPerAnswer", micros_per_answer(r.server_cpu_seconds, r)},
                     {"rssKiB", r.server.rss_kib},
                     {"peakRssKiB", r.server.peak_rss_kib}};
  }
  out["client"] = json::object{{"cpuSeconds", r.own_cpu_seconds}};
  return out;
}

}  // namespace comcp::bench
