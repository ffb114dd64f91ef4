#include "program.hpp"

#include <algorithm>
#include <exception>
#include <iomanip>
#include <ostream>

#include "comcp/protocol/version.hpp"
#include "comcp/version.hpp"
#include "suggest.hpp"
#include "usage_error.hpp"

namespace comcp::program {

namespace {

bool asks_for_help(const std::string& word) {
  return word == "--help" || word == "-h" || word == "help";
}

void print_help(std::ostream& to, const std::vector<command*>& commands) {
  to << "comcp: Model Context Protocol servers on Boost.Asio coroutines\n\n"
        "Usage: comcp COMMAND [OPTIONS]\n\nCommands:\n";
  for (const command* const c : commands) {
    to << "  " << std::left << std::setw(12) << c->name() << c->summary() << '\n';
  }
  to << "\n  comcp COMMAND --help   every option of a command\n"
        "  comcp --version        version, and the protocol revisions it speaks\n";
}

void print_version(std::ostream& to) {
  to << "comcp " COMCP_VERSION_STRING "\nModel Context Protocol";
  const char* between = " ";
  for (const auto& rules : protocol::all_rules()) {
    to << between << rules.name;
    between = ", ";
  }
  to << '\n';
}

command* find(const std::vector<command*>& commands, const std::string& name) {
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&](const command* c) { return c->name() == name; });
  return found == commands.end() ? nullptr : *found;
}

int run_command(command& chosen,
                const std::vector<std::string>& arguments,
                std::ostream& out,
                std::ostream& err) {
  // What follows "--" is another program's command line.
  if (std::any_of(arguments.begin(), std::find(arguments.begin(), arguments.end(), "--"),
                  [](const std::string& a) { return a == "--help" || a == "-h"; })) {
    out << chosen.help();
    return success;
  }
  try {
    return chosen.run(arguments);
  } catch (const usage_error& e) {
    err << "comcp " << chosen.name() << ": " << e.what() << "\nTry 'comcp " << chosen.name()
        << " --help'.\n";
    return usage;
  } catch (const std::exception& e) {
    err << "comcp " << chosen.name() << ": " << e.what() << '\n';
    return failure;
  }
}

}  // namespace

int run(const std::vector<std::string>& arguments,
        const std::vector<command*>& commands,
        std::ostream& out,
        std::ostream& err) {
  if (arguments.empty()) {
    print_help(err, commands);
    return usage;
  }
  const std::string& first = arguments.front();
  if (first == "--version" || first == "-V") {
    print_version(out);
    return success;
  }
  if (asks_for_help(first)) {
    command* const about = arguments.size() > 1 ? find(commands, arguments[1]) : nullptr;
    if (about) {
      out << about->help();
    } else {
      print_help(out, commands);
    }
    return success;
  }
  command* const chosen = find(commands, first);
  if (!chosen) {
    std::vector<std::string> names;
    for (const command* const c : commands)
      names.push_back(c->name());
    err << "comcp: " << (first.starts_with('-') ? "unknown option '" : "unknown command '") << first
        << "'" << did_you_mean(first, names) << "\nTry 'comcp --help'.\n";
    return usage;
  }
  return run_command(*chosen, {arguments.begin() + 1, arguments.end()}, out, err);
}

}  // namespace comcp::program
