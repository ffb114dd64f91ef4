#ifndef COMCP_APPS_COMCP_USAGE_ERROR_HPP
#define COMCP_APPS_COMCP_USAGE_ERROR_HPP

#include <stdexcept>

namespace comcp::program {

/// A command line or configuration file that doesn't say what it must. Exit status 2.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace comcp::program

#endif
