#include "comcp/jsonrpc/codec.hpp"

#include <boost/json/parse_options.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/serializer.hpp>

#include "jsonrpc/scan.hpp"
#include "jsonrpc/text.hpp"

namespace comcp::jsonrpc {
namespace {

malformed invalid(std::string why, std::optional<request_id> id = {}) {
  return {error_object(error_code::invalid_request, "Invalid request: " + std::move(why)),
          std::move(id)};
}

std::variant<message, malformed> classify_call(json::object& object, const json::value& method) {
  const json::value* id = object.if_contains("id");
  std::optional<request_id> known;
  if (id) known = request_id::from_json(*id);
  if (!method.is_string()) return invalid("'method' is not a string", std::move(known));

  std::string name(method.get_string().data(), method.get_string().size());
  json::value* params = object.if_contains("params");
  json::value taken = params ? std::move(*params) : json::value(object.storage());
  // The presence of the member decides, not its type: an id of null is a bad id, not a notification.
  if (!id) return message(notification(std::move(name), std::move(taken)));
  if (!known) return invalid("'id' is neither a string nor an integer");
  return message(request(std::move(*known), std::move(name), std::move(taken)));
}

std::variant<message, malformed> classify_answer(json::object& object) {
  const json::value* id = object.if_contains("id");
  std::optional<request_id> known;
  if (id) known = request_id::from_json(*id);
  if (id && !id->is_null() && !known) return invalid("'id' is neither a string nor an integer");

  json::value* result = object.if_contains("result");
  json::value* error = object.if_contains("error");
  if (result && error) return invalid("both 'result' and 'error'", std::move(known));
  if (result) {
    if (!known) return invalid("a result without an id");
    return message(response(std::move(*known), std::move(*result)));
  }

  json::object* members = error->if_object();
  if (!members) return invalid("'error' is not an object", std::move(known));
  const json::value* code = members->if_contains("code");
  const json::value* text = members->if_contains("message");
  if (!code || !code->is_int64())
    return invalid("'error.code' is not an integer", std::move(known));
  if (!text || !text->is_string())
    return invalid("'error.message' is not a string", std::move(known));
  error_object e(static_cast<int>(code->get_int64()),
                 std::string(text->get_string().data(), text->get_string().size()));
  if (json::value* data = members->if_contains("data")) e.data = std::move(*data);
  return message(error_response(std::move(known), std::move(e)));
}

void append_head(std::string& out, const request_id& id) {
  out += R"({"jsonrpc":"2.0","id":)";
  id.append_to(out);
}

void append_params(std::string& out, const json::value& params) {
  if (params.is_null()) return;
  out += R"(,"params":)";
  append_value(out, params);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "\\u00";
          out += digits[static_cast<unsigned char>(c) >> 4U];
          out += digits[static_cast<unsigned char>(c) & 0xFU];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

void append_value(std::string& out, const json::value& value) {
  boost::json::serializer serializer;
  serializer.reset(&value);
  char buffer[2048];
  while (!serializer.done()) {
    const auto part = serializer.read(buffer);
    out.append(part.data(), part.size());
  }
}

std::variant<message, malformed> classify(json::value&& value) {
  json::object* object = value.if_object();
  if (!object) return invalid("not an object");
  const json::value* version = object->if_contains("jsonrpc");
  if (!version || !version->is_string() || version->get_string() != "2.0") {
    const json::value* id = object->if_contains("id");
    return invalid("'jsonrpc' is not \"2.0\"", id ? request_id::from_json(*id) : std::nullopt);
  }
  if (const json::value* method = object->if_contains("method"))
    return classify_call(*object, *method);
  if (object->contains("result") || object->contains("error")) return classify_answer(*object);
  const json::value* id = object->if_contains("id");
  return invalid("neither 'method' nor 'result' nor 'error'",
                 id ? request_id::from_json(*id) : std::nullopt);
}

class decoder::impl {
 public:
  explicit impl(std::size_t max_depth) : parser(json::storage_ptr(), options(max_depth)) {}

  static boost::json::parse_options options(std::size_t max_depth) {
    boost::json::parse_options o;
    o.max_depth = max_depth + 1;  // the scan already refused what is deeper
    return o;
  }

  boost::json::parser parser;
};

decoder::decoder(limits l) : limits_(l), impl_(std::make_unique<impl>(l.max_depth())) {}
decoder::~decoder() = default;
decoder::decoder(decoder&&) noexcept = default;
decoder& decoder::operator=(decoder&&) noexcept = default;

decoded decoder::decode(std::string_view bytes, json::storage_ptr storage) {
  const auto unreadable = [](std::string why) {
    return malformed(error_object(error_code::parse_error, "Parse error: " + std::move(why)));
  };
  if (const char* problem = scan(bytes, limits_)) return unreadable(problem);

  boost::system::error_code ec;
  impl_->parser.reset(std::move(storage));
  impl_->parser.write(bytes, ec);
  if (ec) return unreadable("not JSON");
  json::value value = impl_->parser.release();

  json::array* array = value.if_array();
  if (!array) {
    auto one = classify(std::move(value));
    if (auto* m = std::get_if<message>(&one)) return std::move(*m);
    return std::get<malformed>(std::move(one));
  }
  if (array->empty()) return invalid("an empty batch");
  if (array->size() > limits_.max_batch())
    return invalid("a batch of more messages than the limit allows");
  batch all;
  all.elements.reserve(array->size());
  for (json::value& element : *array)
    all.elements.push_back(classify(std::move(element)));
  return all;
}

void encode_request(std::string& out,
                    const request_id& id,
                    std::string_view method,
                    const json::value& params) {
  append_head(out, id);
  out += R"(,"method":)";
  append_string(out, method);
  append_params(out, params);
  out += '}';
}

void encode_notification(std::string& out, std::string_view method, const json::value& params) {
  out += R"({"jsonrpc":"2.0","method":)";
  append_string(out, method);
  append_params(out, params);
  out += '}';
}

void encode_result(std::string& out, const request_id& id, const json::value& result) {
  append_head(out, id);
  out += R"(,"result":)";
  append_value(out, result);
  out += '}';
}

void encode_result(std::string& out, const request_id& id, const raw_json& result) {
  append_head(out, id);
  out += R"(,"result":)";
  out += result.text;
  out += '}';
}

void encode_error(std::string& out,
                  const std::optional<request_id>& id,
                  const error_object& error,
                  missing_id without_id) {
  if (id)
    append_head(out, *id);
  else
    out += without_id == missing_id::null ? R"({"jsonrpc":"2.0","id":null)" : R"({"jsonrpc":"2.0")";
  out += R"(,"error":{"code":)";
  out += std::to_string(error.code);
  out += R"(,"message":)";
  append_string(out, error.message);
  if (error.data) {
    out += R"(,"data":)";
    append_value(out, *error.data);
  }
  out += "}}";
}

void encode(std::string& out, const message& m) {
  if (const auto* r = std::get_if<request>(&m))
    encode_request(out, r->id, r->method, r->params);
  else if (const auto* n = std::get_if<notification>(&m))
    encode_notification(out, n->method, n->params);
  else if (const auto* ok = std::get_if<response>(&m))
    encode_result(out, ok->id, ok->result);
  else if (const auto* bad = std::get_if<error_response>(&m))
    encode_error(out, bad->id, bad->error);
}

}  // namespace comcp::jsonrpc
