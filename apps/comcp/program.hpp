#ifndef COMCP_APPS_COMCP_PROGRAM_HPP
#define COMCP_APPS_COMCP_PROGRAM_HPP

#include <iosfwd>
#include <string>
#include <vector>

namespace comcp::program {

/// What the process's exit status means. Part of the program's documentation.
enum exit_status : int {
  success = 0,  ///< ended as asked: input at its end, SIGTERM, SIGINT, --help
  failure = 1,  ///< could not serve: an address in use, a database that can't be opened
  usage = 2     ///< the command line or the configuration file is wrong
};

/** One word of the command line: `comcp serve`. */
class command {
 public:
  command() = default;
  command(const command&) = delete;
  command& operator=(const command&) = delete;
  virtual ~command() = default;

  virtual std::string name() const = 0;
  /// One line for the list of commands.
  virtual std::string summary() const = 0;
  /// The text of --help.
  virtual std::string help() const = 0;
  /** @returns the exit status
      @par Errors usage_error is printed with a hint at --help and ends with status 2, any other
                  exception is printed and ends with status 1 */
  virtual int run(const std::vector<std::string>& arguments) = 0;
};

/// Chooses the command by the first argument and runs it; answers --help and --version itself.
int run(const std::vector<std::string>& arguments,
        const std::vector<command*>& commands,
        std::ostream& out,
        std::ostream& err);

}  // namespace comcp::program

#endif
