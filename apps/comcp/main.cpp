#include <iostream>
#include <string>
#include <vector>

#include "bench/bench.hpp"
#include "program.hpp"
#include "serve.hpp"

int main(int argc, char** argv) {
  comcp::program::serve_command serve;
  comcp::bench::bench_command bench;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return comcp::program::run(arguments, {&serve, &bench}, std::cout, std::cerr);
}
