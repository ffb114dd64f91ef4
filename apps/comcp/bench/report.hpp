#ifndef COMCP_APPS_COMCP_BENCH_REPORT_HPP
#define COMCP_APPS_COMCP_BENCH_REPORT_HPP

#include <string>

#include "comcp/json/value.hpp"

namespace comcp::bench {

struct bench_options;
struct outcome;

/// The result as a table for people.
std::string table(const bench_options& options, const outcome& result);

/// The same for programs; documented in docs/benchmark.md.
json::object json_report(const bench_options& options, const outcome& result);

}  // namespace comcp::bench

#endif
