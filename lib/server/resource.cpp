#include "comcp/server/resource.hpp"

#include "comcp/jsonrpc/codec.hpp"

namespace comcp::detail {
namespace {

read_resource_result single(resource_contents contents) {
  read_resource_result r;
  r.contents.push_back(std::move(contents));
  return r;
}

}  // namespace

read_resource_result text_result(const resource_request& request, std::string text) {
  return single(resource_contents::of_text(request.uri, std::move(text)));
}

read_resource_result json_result(const resource_request& request, const json::value& v) {
  return single(resource_contents::of_text(request.uri, jsonrpc::to_text(v), "application/json"));
}

read_resource_result bytes_result(const resource_request& request, std::string_view bytes) {
  return single(resource_contents::of_bytes(request.uri, bytes));
}

}  // namespace comcp::detail
