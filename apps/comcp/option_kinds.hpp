#ifndef COMCP_APPS_COMCP_OPTION_KINDS_HPP
#define COMCP_APPS_COMCP_OPTION_KINDS_HPP

// What the commands' options have in common: kinds of values, messages, the look of --help.

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
class ParseError;
}  // namespace CLI

namespace comcp::program {

// Parsing writes to `out`, whose value now is the default that --help shows.
CLI::Option* duration_option(CLI::App& app,
                             const std::string& name,
                             std::chrono::milliseconds& out,
                             const std::string& help);
CLI::Option* size_option(CLI::App& app,
                         const std::string& name,
                         std::size_t& out,
                         const std::string& help);
CLI::Option* count_option(CLI::App& app,
                          const std::string& name,
                          std::size_t& out,
                          std::size_t least,
                          std::size_t most,
                          const std::string& help);

/// The long names that were declared, without dashes.
std::vector<std::string> known_names(const CLI::App& app);
void parse(CLI::App& app, std::vector<std::string> arguments);
/// What went wrong in `parse`; a misspelt option comes with the nearest one.
std::string message_of(const CLI::ParseError& error, CLI::App& app);

/// The text of --help, in the program's own format.
std::string help_text(CLI::App& app);

}  // namespace comcp::program

#endif
