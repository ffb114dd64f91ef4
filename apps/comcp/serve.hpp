#ifndef COMCP_APPS_COMCP_SERVE_HPP
#define COMCP_APPS_COMCP_SERVE_HPP

#include <string>
#include <vector>

#include "program.hpp"

namespace comcp::program {

/// `comcp serve`: the SQL tool set over HTTP or stdio.
class serve_command final : public command {
 public:
  std::string name() const override { return "serve"; }
  std::string summary() const override {
    return "serve a database to MCP clients, over HTTP or stdio";
  }
  std::string help() const override;
  int run(const std::vector<std::string>& arguments) override;
};

}  // namespace comcp::program

#endif
