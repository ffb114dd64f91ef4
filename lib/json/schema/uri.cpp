#include "uri.hpp"

namespace comcp::json::schema {
namespace {

std::string merge_paths(const uri_parts& base, std::string_view path) {
  if (base.authority && base.path.empty()) return "/" + std::string(path);
  const auto slash = base.path.rfind('/');
  if (slash == base.path.npos) return std::string(path);
  return std::string(base.path.substr(0, slash + 1)).append(path);
}

// RFC 3986 5.2.4.
std::string remove_dot_segments(std::string_view in) {
  if (in.find("./") == in.npos && !in.ends_with("/.") && !in.ends_with("/.."))
    return std::string(in);
  std::string out;
  const auto drop_last = [&] {
    const auto slash = out.rfind('/');
    out.erase(slash == out.npos ? 0 : slash);
  };
  while (!in.empty()) {
    if (in.starts_with("../")) {
      in.remove_prefix(3);
    } else if (in.starts_with("./") || in.starts_with("/./")) {
      in.remove_prefix(2);
    } else if (in == "/.") {
      in = "/";
    } else if (in.starts_with("/../")) {
      in.remove_prefix(3);
      drop_last();
    } else if (in == "/..") {
      in = "/";
      drop_last();
    } else if (in == "." || in == "..") {
      in = {};
    } else {
      const auto next = in.find('/', 1);
      out += in.substr(0, next);
      in = next == in.npos ? std::string_view() : in.substr(next);
    }
  }
  return out;
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

uri_parts split_uri(std::string_view uri) noexcept {
  uri_parts parts;
  if (const auto hash = uri.find('#'); hash != uri.npos) {
    parts.fragment = uri.substr(hash + 1);
    uri = uri.substr(0, hash);
  }
  if (const auto mark = uri.find('?'); mark != uri.npos) {
    parts.query = uri.substr(mark + 1);
    uri = uri.substr(0, mark);
  }
  if (const auto colon = uri.find_first_of(":/");
      colon != uri.npos && colon > 0 && uri[colon] == ':') {
    parts.scheme = uri.substr(0, colon);
    uri = uri.substr(colon + 1);
  }
  if (uri.starts_with("//")) {
    const auto slash = uri.find('/', 2);
    parts.authority = uri.substr(2, slash == uri.npos ? slash : slash - 2);
    uri = slash == uri.npos ? std::string_view() : uri.substr(slash);
  }
  parts.path = uri;
  return parts;
}

std::string resolve_uri(std::string_view base_text, std::string_view reference) {
  const uri_parts base = split_uri(base_text);
  const uri_parts ref = split_uri(reference);
  std::optional<std::string_view> scheme = base.scheme;
  std::optional<std::string_view> authority = base.authority;
  std::optional<std::string_view> query = ref.query;
  std::string path;
  if (ref.scheme) {
    scheme = ref.scheme;
    authority = ref.authority;
    path = remove_dot_segments(ref.path);
  } else if (ref.authority) {
    authority = ref.authority;
    path = remove_dot_segments(ref.path);
  } else if (ref.path.empty()) {
    path = base.path;
    if (!query) query = base.query;
  } else if (ref.path.starts_with('/')) {
    path = remove_dot_segments(ref.path);
  } else {
    path = remove_dot_segments(merge_paths(base, ref.path));
  }
  std::string result;
  if (scheme) result.append(*scheme).append(":");
  if (authority) result.append("//").append(*authority);
  result += path;
  if (query) result.append("?").append(*query);
  if (ref.fragment) result.append("#").append(*ref.fragment);
  return result;
}

std::string_view without_fragment(std::string_view uri) noexcept {
  return uri.substr(0, uri.find('#'));
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::optional<std::vector<std::string>> split_pointer(std::string_view pointer) {
  std::vector<std::string> tokens;
  if (pointer.empty()) return tokens;
  if (pointer.front() != '/') return std::nullopt;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      tokens.emplace_back();
    } else if (pointer[i] == '~') {
      if (++i == pointer.size() || (pointer[i] != '0' && pointer[i] != '1')) return std::nullopt;
      tokens.back() += pointer[i] == '0' ? '~' : '/';
    } else {
      tokens.back() += pointer[i];
    }
  }
  return tokens;
}

}  // namespace comcp::json::schema
