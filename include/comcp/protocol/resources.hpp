#ifndef COMCP_PROTOCOL_RESOURCES_HPP
#define COMCP_PROTOCOL_RESOURCES_HPP

#include <string>
#include <vector>

#include "comcp/json/value.hpp"
#include "comcp/protocol/content.hpp"
#include "comcp/protocol/errors.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::protocol {

/** What `resources/templates/list` says of a template. */
class resource_template {
 public:
  resource_template() = default;

  std::string uri_template;  ///< RFC 6570
  std::string name;
  std::string title;
  std::string description;
  std::string mime_type;  ///< only when all its resources have it
  protocol::annotations annotations;
  std::vector<icon> icons;
  json::object meta;
};

/** The result of `resources/read`. Never empty for a resource that doesn't exist (S-RES-03). */
class read_resource_result {
 public:
  read_resource_result() = default;
  std::vector<resource_contents> contents;
  json::object meta;
};

json::object encode(const resource_template& value, const rules& r);
json::object encode(const read_resource_result& value, const rules& r);

}  // namespace comcp::protocol

#endif
