#include <boost/describe/class.hpp>
#include <string>

#include "everything.hpp"

namespace everything {

namespace {

using namespace comcp;

struct data_id {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(data_id, (), (id))

awaitable<std::string> static_text() {
  co_return "This is the content of the static text resource.";
}

awaitable<resource_contents> static_binary() {
  resource_contents image;
  image.uri = "test://static-binary";
  image.mime_type = "image/png";
  image.binary = true;
  image.blob = png;
  co_return image;
}

awaitable<json::value> data_of(data_id args) {
  json::object data;
  data["id"] = args.id;
  data["templateTest"] = true;
  data["data"] = "Data for ID: " + args.id;
  co_return data;
}

awaitable<std::string> watched() {
  co_return "This resource can be subscribed to.";
}

}  // namespace

void add_resources(server& server) {
  server
      .resource("test://static-text", "Static Text Resource", static_text,
                resource_options().description("Plain text").mime_type("text/plain"))
      .resource("test://static-binary", "Static Binary Resource", static_binary,
                resource_options().description("An image").mime_type("image/png"))
      .resource("test://watched-resource", "Watched Resource", watched,
                resource_options().description("Changes now and then").mime_type("text/plain"))
      .resource_template(
          "test://template/{id}/data", "Data Template", data_of,
          resource_options().description("Data of an id").mime_type("application/json"));
}

}  // namespace everything
