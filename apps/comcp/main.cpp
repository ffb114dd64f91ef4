#include <iostream>
#include <string>
#include <vector>

#include "program.hpp"
#include "serve.hpp"

int main(int argc, char** argv) {
  comcp::program::serve_command serve;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return comcp::program::run(arguments, {&serve}, std::cout, std::cerr);
}
