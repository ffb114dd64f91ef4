#ifndef COMCP_APPS_COMCP_LOG_HPP
#define COMCP_APPS_COMCP_LOG_HPP

#include <string_view>

#include "comcp/log.hpp"

namespace comcp::program {

/** The program's log: lines on standard error, coloured on a terminal.

    @param level debug, info, warning, error or off
*/
logger make_log(std::string_view level);

}  // namespace comcp::program

#endif
