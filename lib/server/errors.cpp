#include "comcp/server/errors.hpp"

#include "comcp/protocol/result.hpp"

namespace comcp {

invalid_params_error::invalid_params_error(const std::string& text)
    : request_error(protocol::invalid_params(text)) {}

}  // namespace comcp
