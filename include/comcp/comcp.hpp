#ifndef COMCP_COMCP_HPP
#define COMCP_COMCP_HPP

// Everything, for short programs. Libraries include the single headers they need.

#include "comcp/json/schema.hpp"
#include "comcp/scope/scope.hpp"
#include "comcp/server/run.hpp"
#include "comcp/server/server.hpp"
#include "comcp/tasks/tasks.hpp"
#include "comcp/version.hpp"

// With comcp::http: listen_http. Without that library only the linker knows the difference.
#if __has_include("comcp/http_transport/http_endpoint.hpp")
#include "comcp/http_transport/http_endpoint.hpp"
#endif

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#endif
