#ifndef COMCP_TRANSPORT_STDIO_HPP
#define COMCP_TRANSPORT_STDIO_HPP

#include <cstddef>
#include <memory>

#include "comcp/transport/line_splitter.hpp"
#include "comcp/transport/transport.hpp"

namespace comcp {

/** Options of a line transport. */
class stream_options {
 public:
  stream_options() = default;
  /// A longer line is answered with one error and skipped; default 16 MiB.
  stream_options& max_line_bytes(std::size_t bytes) {
    max_line_bytes_ = bytes;
    return *this;
  }
  std::size_t max_line_bytes() const noexcept { return max_line_bytes_; }

 private:
  std::size_t max_line_bytes_ = default_max_line_bytes;
};

/** Newline-delimited messages on this process's standard input and output.

    Takes the streams for itself before anything else can use them: keeps private copies, then
    points descriptor 1 to stderr and descriptor 0 to /dev/null, so that a stray `printf` of a
    handler, of a library or of a child process can't reach the wire, and nobody else swallows
    input. They stay so after the transport is gone.

    Pipes and terminals are reopened, so that non-blocking mode isn't set on a description that
    other processes (the shell, whoever shares stderr) see. Regular files and other descriptors
    that epoll refuses are read and written synchronously, a chunk at a time. A gone reader
    (EPIPE) is `closed`, without SIGPIPE.

    @par Preconditions called once per process and from a task of the shard that will use it
    @par Errors        std::system_error when a descriptor can't be duplicated
    spec: basic/transports#stdio
    @see lib/transport/DESIGN.md
*/
std::unique_ptr<transport> take_stdio(stream_options options = {});

/** The same framing on two descriptors (or one, given twice) whose ownership is taken: pipes,
    Unix or TCP sockets, terminals, files. */
std::unique_ptr<transport> make_stream_transport(int in, int out, stream_options options = {});

}  // namespace comcp

#endif
