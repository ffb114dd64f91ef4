#ifndef COMCP_APPS_COMCP_BENCH_BENCH_HPP
#define COMCP_APPS_COMCP_BENCH_BENCH_HPP

#include <string>
#include <vector>

#include "program.hpp"

namespace comcp::bench {

/// `comcp bench`: a load generator for any MCP server.
class bench_command final : public program::command {
 public:
  std::string name() const override { return "bench"; }
  std::string summary() const override {
    return "measure any MCP server under load, over HTTP or stdio";
  }
  std::string help() const override;
  int run(const std::vector<std::string>& arguments) override;
};

}  // namespace comcp::bench

#endif
