#ifndef COMCP_SQL_SAMPLE_HPP
#define COMCP_SQL_SAMPLE_HPP

#include <cstdint>
#include <filesystem>

namespace comcp::sql {

/** `comcp/sample.db` in the user's data directory ($XDG_DATA_HOME, else ~/.local/share).

    @par Errors std::runtime_error when there is no home directory
*/
std::filesystem::path default_sample_path();

enum class sample_state : std::uint8_t { created, existing };

/** Makes the sample database, a small record shop, unless the file is there already.

    The data is the same on every machine: artists, albums, tracks, customers and orders, some
    1,500 rows. The file appears whole or not at all, also when several processes start at once.

    @par Errors std::runtime_error naming the path and the reason
*/
sample_state ensure_sample(const std::filesystem::path& file);

}  // namespace comcp::sql

#endif
