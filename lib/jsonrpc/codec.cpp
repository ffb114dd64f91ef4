#include "comcp/jsonrpc/codec.hpp"

#include <boost/json/parse_options.hpp>
#include <boost/json/parser.hpp>

#include <cstdint>
#include <limits>

#include "jsonrpc/recover.hpp"
#include "jsonrpc/scan.hpp"

namespace comcp::jsonrpc {
namespace {

// Beyond it a parser is made anew instead of keeping what one large message made it allocate.
constexpr std::size_t parser_kept_up_to_bytes = std::size_t{64} * 1024;

std::string to_std(const json::string& text) {
  return {text.data(), text.size()};
}

malformed invalid(std::string_view why, std::optional<request_id> id = {}) {
  return {error_object(error_code::invalid_request, "Invalid request: " + std::string(why)),
          std::move(id)};
}

malformed unreadable(std::string_view why) {
  return {error_object(error_code::parse_error, "Parse error: " + std::string(why))};
}

/// The members that the envelope knows, found in one pass.
struct envelope {
  explicit envelope(json::object& object) noexcept {
    for (auto& member : object) {
      const std::string_view key = member.key();
      json::value& value = member.value();
      if (key == "jsonrpc")
        version = &value;
      else if (key == "id")
        id = &value;
      else if (key == "method")
        method = &value;
      else if (key == "params")
        params = &value;
      else if (key == "result")
        result = &value;
      else if (key == "error")
        error = &value;
    }
  }

  std::optional<request_id> readable_id() const {
    return id ? request_id::from_json(*id) : std::nullopt;
  }

  /// An answer with a response's id would be taken for one to the peer's own request of that id.
  malformed refuse(std::string_view why) const {
    malformed m = invalid(why);
    m.is_response = !method && (result || error);
    (m.is_response ? m.responds_to : m.id) = readable_id();
    return m;
  }

  json::value* version = nullptr;
  json::value* id = nullptr;
  json::value* method = nullptr;
  json::value* params = nullptr;
  json::value* result = nullptr;
  json::value* error = nullptr;
};

std::variant<message, malformed> classify_call(const envelope& e) {
  if (!e.method->is_string()) return e.refuse("'method' must be a string");
  std::string name = to_std(e.method->get_string());
  json::value params = e.params ? std::move(*e.params) : json::value();
  // The presence of the member decides, not its type: an id of null is a bad id, not a notification.
  if (!e.id) return message(notification(std::move(name), std::move(params)));
  std::optional<request_id> id = e.readable_id();
  if (!id) return e.refuse("'id' must be a string or an integer of 64 bits");
  return message(request(std::move(*id), std::move(name), std::move(params)));
}

std::variant<message, malformed> classify_answer(const envelope& e) {
  if (e.result && e.error) return e.refuse("a response has both 'result' and 'error'");
  std::optional<request_id> id = e.readable_id();
  if (e.result) {
    if (!id) return e.refuse("the 'id' of a response must be a string or an integer of 64 bits");
    return message(response(std::move(*id), std::move(*e.result)));
  }

  if (e.id && !e.id->is_null() && !id)
    return e.refuse("the 'id' of a response must be a string or an integer of 64 bits");
  json::object* members = e.error->if_object();
  if (!members) return e.refuse("'error' must be an object");
  const json::value* code = members->if_contains("code");
  const json::value* text = members->if_contains("message");
  boost::system::error_code out_of_range;
  const int number = code && code->is_number() ? code->to_number<int>(out_of_range) : 0;
  if (!code || !code->is_number() || out_of_range)
    return e.refuse("'error.code' must be an integer of 32 bits");
  if (!text || !text->is_string()) return e.refuse("'error.message' must be a string");
  error_object error(number, to_std(text->get_string()));
  if (json::value* data = members->if_contains("data")) error.data = std::move(*data);
  return message(error_response(std::move(id), std::move(error)));
}

malformed refuse(finding found, std::string_view bytes, const limits& bounds) {
  const auto beyond = [](std::string_view what, std::size_t limit, std::string_view unit) {
    return unreadable("the message has " + std::string(what) + " than the " +
                      std::to_string(limit) + std::string(unit) + " that are accepted");
  };
  malformed m;
  if (found == finding::too_long)
    m = beyond("more", bounds.max_bytes(), " bytes");
  else if (found == finding::not_utf8)
    m = unreadable("the message is not valid UTF-8");
  else if (found == finding::too_deep)
    m = beyond("deeper nesting", bounds.max_depth(), " levels");
  else
    m = beyond("more values", bounds.max_elements(), "");
  recover_id(m, bytes);
  return m;
}

}  // namespace

std::variant<message, malformed> classify(json::value&& value) {
  json::object* object = value.if_object();
  if (!object) return invalid("a message must be an object");
  const envelope e(*object);
  if (!e.version || !e.version->is_string() || e.version->get_string() != "2.0")
    return e.refuse("'jsonrpc' must be \"2.0\"");
  if (e.method) return classify_call(e);
  if (e.result || e.error) return classify_answer(e);
  return e.refuse("neither 'method' nor 'result' nor 'error'");
}

class decoder::impl {
 public:
  explicit impl(std::size_t max_depth) : max_depth_(max_depth) { renew(); }

  boost::json::parser& parser() noexcept { return *parser_; }
  /// Forgets what a message left behind: also values in an arena that may be gone tomorrow.
  void renew() {
    boost::json::parse_options options;
    options.max_depth = max_depth_;
    parser_.emplace(json::storage_ptr(), options);
  }

 private:
  std::size_t max_depth_;
  std::optional<boost::json::parser> parser_;
};

decoder::decoder(limits l) : limits_(l), impl_(std::make_unique<impl>(l.max_depth())) {}
decoder::~decoder() = default;
decoder::decoder(decoder&&) noexcept = default;
decoder& decoder::operator=(decoder&&) noexcept = default;

decoded decoder::decode(std::string_view bytes, json::storage_ptr storage) {
  // What is this short has no more values than are accepted; depth and UTF-8 the parser looks at, too.
  const bool needs_scan =
      bytes.size() >= limits_.max_elements() || bytes.size() > limits_.max_bytes();
  if (needs_scan)
    if (const finding found = scan(bytes, limits_); found != finding::fit_to_parse)
      return refuse(found, bytes, limits_);

  boost::system::error_code ec;
  boost::json::parser& parser = impl_->parser();
  parser.reset(std::move(storage));
  std::size_t read = 0;
  try {
    read = parser.write_some(bytes.data(), bytes.size(), ec);
  } catch (...) {
    impl_->renew();
    throw;
  }
  // Behind the value only blanks may stand.
  if (!ec && bytes.find_first_not_of(" \t\r\n", read) != std::string_view::npos)
    ec = boost::json::error::extra_data;
  if (ec) {
    impl_->renew();
    const finding found = scan(bytes, limits_);  // it says better what is wrong
    if (found != finding::fit_to_parse) return refuse(found, bytes, limits_);
    return unreadable(ec == boost::json::error::incomplete
                          ? "the message ends too early"
                          : ec.message() + " at byte " + std::to_string(read));
  }
  json::value value = parser.release();
  if (bytes.size() > parser_kept_up_to_bytes) impl_->renew();

  json::array* array = value.if_array();
  if (!array) {
    auto one = classify(std::move(value));
    if (auto* m = std::get_if<message>(&one)) {
      if (auto* r = std::get_if<request>(m)) r->bytes = bytes.size();
      return std::move(*m);
    }
    return std::get<malformed>(std::move(one));
  }
  if (array->empty()) return invalid("a batch must not be empty");
  if (array->size() > limits_.max_batch())
    return invalid("the batch has more than the " + std::to_string(limits_.max_batch()) +
                   " messages that are accepted");
  batch all;
  all.elements.reserve(array->size());
  for (json::value& element : *array) {
    auto& one = all.elements.emplace_back(classify(std::move(element)));
    auto* m = std::get_if<message>(&one);
    auto* r = m != nullptr ? std::get_if<request>(m) : nullptr;
    if (r != nullptr) r->bytes = bytes.size();
  }
  return all;
}

}  // namespace comcp::jsonrpc
