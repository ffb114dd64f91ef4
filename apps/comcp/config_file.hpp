#ifndef COMCP_APPS_COMCP_CONFIG_FILE_HPP
#define COMCP_APPS_COMCP_CONFIG_FILE_HPP

#include <filesystem>
#include <string>
#include <vector>

namespace comcp::program {

/** One key of a configuration file, as the command line would say it. */
struct setting {
  std::string key;
  std::vector<std::string> values;  ///< one per element of an array
  bool is_array = false;
  std::string place;  ///< "comcp.toml:12"
};

/** Reads a TOML file of plain keys: strings, numbers, booleans and arrays of these.

    @par Errors usage_error with file and line
*/
std::vector<setting> read_config_file(const std::filesystem::path& file);

}  // namespace comcp::program

#endif
