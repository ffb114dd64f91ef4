#include "comcp/protocol/pagination.hpp"

#include "comcp/protocol/errors.hpp"

namespace comcp::protocol {

std::variant<cursor, jsonrpc::error_object> decode_cursor(const json::value& params) {
  const json::object* o = params.if_object();
  const json::value* v = o ? o->if_contains("cursor") : nullptr;
  if (!v || v->is_null()) return cursor();
  if (!v->is_string())
    return invalid_params("/cursor must be a string that an earlier page gave as nextCursor");
  return cursor(std::string(v->get_string().data(), v->get_string().size()));
}

void put_next_cursor(json::object& result, const cursor& next) {
  if (next) result["nextCursor"] = *next;
}

}  // namespace comcp::protocol
