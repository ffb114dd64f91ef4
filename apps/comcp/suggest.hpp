#ifndef COMCP_APPS_COMCP_SUGGEST_HPP
#define COMCP_APPS_COMCP_SUGGEST_HPP

#include <string>
#include <string_view>
#include <vector>

namespace comcp::program {

/// The known word that the mistyped one was most likely meant to be; empty when none is near.
std::string nearest(std::string_view mistyped, const std::vector<std::string>& known);

/// "; did you mean 'x'?", or nothing.
std::string did_you_mean(std::string_view mistyped, const std::vector<std::string>& known);

}  // namespace comcp::program

#endif
