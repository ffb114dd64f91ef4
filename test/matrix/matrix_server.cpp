// A server of the matrix as a process of its own: matrix_server NAME, on standard input and output.

#include "comcp/server/run.hpp"
#include "matrix/servers.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto server = test::matrix::make_server(test::matrix::offer_of(argv[1]));
  return comcp::run(*server, comcp::stdio());
}
