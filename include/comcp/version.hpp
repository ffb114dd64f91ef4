#ifndef COMCP_VERSION_HPP
#define COMCP_VERSION_HPP

/// Version of the library, as one number to compare: major * 10000 + minor * 100 + patch.
#define COMCP_VERSION 100
/// Version of the library as text.
#define COMCP_VERSION_STRING "0.1.0"

#endif
