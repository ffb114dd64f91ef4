#include "comcp/sql/error.hpp"

namespace comcp::sql {

std::string_view to_string(error_kind kind) noexcept {
  switch (kind) {
    case error_kind::refused:
      return "refused";
    case error_kind::bad_statement:
      return "bad_statement";
    case error_kind::bad_parameter:
      return "bad_parameter";
    case error_kind::limit:
      return "limit";
    case error_kind::cancelled:
      return "cancelled";
    case error_kind::busy:
      return "busy";
    case error_kind::constraint:
      return "constraint";
    case error_kind::not_found:
      return "not_found";
    case error_kind::database:
      return "database";
  }
  return "unknown";
}

}  // namespace comcp::sql
