#include "session/rounds.hpp"

#include <algorithm>
#include <boost/json/parse_options.hpp>

#include "comcp/jsonrpc/codec.hpp"
#include "comcp/protocol/errors.hpp"
#include "session/crypto.hpp"

namespace comcp::detail {

namespace {

// Of answers, which had to keep to the limits of messages, and of what handlers keep.
constexpr std::size_t most_levels = 1024;

// The same text for equal values, whatever the order of their members.
void append_canonical(std::string& to, const json::value& v) {
  if (const json::object* members = v.if_object()) {
    std::vector<const json::object::value_type*> sorted;
    sorted.reserve(members->size());
    for (const auto& member : *members)
      sorted.push_back(&member);
    std::ranges::sort(sorted, {}, [](const auto* m) { return std::string_view(m->key()); });
    to += '{';
    for (const auto* member : sorted) {
      to += json::serialize(member->key()) + ':';
      append_canonical(to, member->value());
      to += ',';
    }
    to += '}';
  } else if (const json::array* elements = v.if_array()) {
    to += '[';
    for (const json::value& element : *elements) {
      append_canonical(to, element);
      to += ',';
    }
    to += ']';
  } else {
    to += jsonrpc::to_text(v);
  }
}

std::string unused(std::map<std::string, std::size_t>& names, std::string wanted) {
  std::string name = wanted;
  for (std::size_t& uses = names[wanted]; ++uses > 1;) {
    name = wanted + '-' + std::to_string(uses);
    if (names.try_emplace(name, 1).second) break;
  }
  return name;
}

std::string text_of(const json::value& v) {
  return std::string(v.as_string());
}

jsonrpc::error_object start_again(std::string_view why) {
  return protocol::invalid_params("requestState " + std::string(why) +
                                  ": send the request again without requestState and "
                                  "inputResponses");
}

}  // namespace

std::string rounds::content() const {
  json::array answered;
  for (const auto& [key, a] : answers_)
    answered.push_back(json::array{key, a.mark, a.result});
  json::array asked;
  for (const auto& [key, q] : open_)
    asked.push_back(json::array{key, q.mark});
  json::object kept;
  for (const auto& [name, v] : kept_)
    kept[name] = v;
  json::array all;
  all.emplace_back(round_ + 1);
  all.emplace_back(std::move(answered));
  all.emplace_back(std::move(asked));
  all.emplace_back(std::move(kept));
  return jsonrpc::to_text(json::value(std::move(all)));
}

/// The marks of what was asked last, by key. The text is ours: what is wrong with it throws.
std::map<std::string, std::string> rounds::read(std::string_view content) {
  boost::json::parse_options options;
  options.max_depth = most_levels;
  const json::value state = json::parse(content, {}, options);
  const json::array& all = state.as_array();
  round_ = all.at(0).to_number<std::size_t>();
  for (const json::value& line : all.at(1).as_array())
    answers_[text_of(line.at(0))] = {text_of(line.at(1)), line.at(2)};
  std::map<std::string, std::string> asked;
  for (const json::value& line : all.at(2).as_array())
    asked[text_of(line.at(0))] = text_of(line.at(1));
  for (const auto& member : all.at(3).as_object())
    kept_[member.key()] = member.value();
  return asked;
}

// S-MRTR-05, S-MRTR-07
std::optional<jsonrpc::error_object> rounds::resume(protocol::input_answers came) {
  if (!came.state) {
    // A client may know what will be asked, as the official suite does: it answers for itself.
    for (auto& member : came.responses)
      answers_[member.key()] = {{}, std::move(member.value())};
    return std::nullopt;
  }
  const auto opened = keeper_.open(*came.state, binding_);
  if (const auto* refused = std::get_if<round_keeper::refusal>(&opened)) {
    return start_again(*refused == round_keeper::refusal::expired
                           ? "has expired"
                           : "was not made by this server for this request");
  }
  for (auto& [key, mark] : read(std::get<std::string>(opened)))
    if (json::value* response = came.responses.if_contains(key))
      answers_[key] = {mark, std::move(*response)};
  return std::nullopt;
}

rounds rounds::replay() const {
  rounds again(keeper_, binding_);
  again.answers_ = answers_;
  again.kept_ = kept_;
  return again;
}

void rounds::begin_again() noexcept {
  names_.clear();
  value_names_.clear();
  unnamed_ = 0;
}

std::string rounds::name(std::string wanted) {
  if (wanted.empty()) wanted = 'q' + std::to_string(++unnamed_);
  return unused(names_, std::move(wanted));
}

std::string rounds::value_name(std::string wanted) {
  return unused(value_names_, std::move(wanted));
}

std::string rounds::mark(std::string_view method, const json::value& params) {
  std::string text(method);
  text += '\n';
  append_canonical(text, params);
  return to_base64url(bytes_of(sha256(text)).substr(0, 16));
}

rounds::finding rounds::find(const std::string& key,
                             const std::string& mark,
                             const json::value*& answer) const {
  const auto found = answers_.find(key);
  if (found == answers_.end()) return finding::unanswered;
  const std::string& answered = found->second.mark;
  if (!answered.empty() && answered != mark) return finding::other_question;
  answer = &found->second.result;
  return finding::answered;
}

void rounds::open(std::string key, std::string mark, protocol::input_request question) {
  open_[std::move(key)] = {std::move(mark), std::move(question)};
}

void rounds::withdraw(const std::string& key) noexcept {
  open_.erase(key);
}

std::variant<protocol::input_required_result, jsonrpc::error_object> rounds::ask() const {
  if (round_ >= keeper_.options().max_rounds()) {
    return jsonrpc::error_object(jsonrpc::error_code::internal_error,
                                 "This request asked its client too many times");
  }
  protocol::input_required_result result;
  for (const auto& [key, q] : open_)
    result.requests.emplace(key, q.request);
  result.state = keeper_.seal(content(), binding_);
  if (result.state->size() > keeper_.options().max_state_bytes()) {
    return jsonrpc::error_object(jsonrpc::error_code::internal_error,
                                 "The answers of this request are too large to be kept");
  }
  return result;
}

const json::value* rounds::kept(const std::string& name) const noexcept {
  const auto found = kept_.find(name);
  return found == kept_.end() ? nullptr : &found->second;
}

std::string binding_of(const principal* who, std::string_view method, const json::value& params) {
  std::string text;
  const auto add = [&text](std::string_view part) {
    text += std::to_string(part.size()) + ':';
    text += part;
  };
  text += who ? 'p' : '-';
  if (who) {
    add(who->issuer);
    add(who->subject);
  }
  add(method);
  json::object salient;
  if (const json::object* all = params.if_object()) {
    for (const auto& member : *all) {
      const std::string_view key = member.key();
      if (key != "_meta" && key != "inputResponses" && key != "requestState")
        salient[key] = member.value();
    }
  }
  append_canonical(text, salient);
  return std::string(bytes_of(sha256(text)));
}

}  // namespace comcp::detail
