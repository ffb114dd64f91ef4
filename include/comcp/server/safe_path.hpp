#ifndef COMCP_SERVER_SAFE_PATH_HPP
#define COMCP_SERVER_SAFE_PATH_HPP

#include <filesystem>
#include <optional>
#include <string_view>

namespace comcp {

/** The path of what an untrusted relative path names below `root`, or nothing (S-RES-04).

    Refuses empty and absolute paths, `..`, `.`, empty segments, backslashes, NUL and other control
    characters; then follows symbolic links and refuses what leaves `root`. What doesn't exist (yet) is
    accepted when its nearest existing parent lies below `root`.

    The check and the later use of the path are two steps: where others may change the directory in
    between, open with openat2(RESOLVE_BENEATH) instead.

    @par Errors std::filesystem::filesystem_error when `root` can't be resolved
*/
std::optional<std::filesystem::path> path_below(const std::filesystem::path& root,
                                                std::string_view untrusted);

}  // namespace comcp

#endif
