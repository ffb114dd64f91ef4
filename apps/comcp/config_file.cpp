#include "config_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <system_error>

#include "serve_options.hpp"

namespace comcp::program {

namespace {

std::string place_of(const std::filesystem::path& file, const toml::source_region& where) {
  return file.string() + ":" + std::to_string(where.begin.line);
}

std::string scalar_text(const toml::node& node, const setting& of) {
  if (const auto* const s = node.as_string()) return s->get();
  if (const auto* const i = node.as_integer()) return std::to_string(i->get());
  if (const auto* const b = node.as_boolean()) return b->get() ? "true" : "false";
  if (const auto* const f = node.as_floating_point()) {
    std::ostringstream out;
    out << f->get();
    return out.str();
  }
  throw usage_error(of.place + ": '" + of.key + "' must be a string, a number or a boolean");
}

std::string text_of(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) {
    const std::string reason = errno != 0 ? std::generic_category().message(errno) : "unreadable";
    throw usage_error("can't read the configuration file " + file.string() + ": " + reason);
  }
  return text;
}

}  // namespace

std::vector<setting> read_config_file(const std::filesystem::path& file) {
  std::error_code failed;
  if (std::filesystem::is_directory(file, failed)) {
    throw usage_error("the configuration file " + file.string() + " is a directory");
  }
  const std::string text = text_of(file);
  toml::table table;
  try {
    table = toml::parse(text, file.string());
  } catch (const toml::parse_error& e) {
    throw usage_error(place_of(file, e.source()) + ": " + std::string(e.description()));
  }
  std::vector<setting> out;
  for (const auto& [key, node] : table) {
    setting s;
    s.key = std::string(key.str());
    s.place = place_of(file, node.source());
    if (node.is_table()) {
      throw usage_error(
          s.place + ": '" + s.key +
          "' is a table, but the file has plain keys only: write them without sections");
    }
    if (const auto* const list = node.as_array()) {
      s.is_array = true;
      for (const auto& element : *list)
        s.values.push_back(scalar_text(element, s));
    } else {
      s.values.push_back(scalar_text(node, s));
    }
    out.push_back(std::move(s));
  }
  // The table sorts by name; mistakes are reported in the order of the file.
  std::stable_sort(out.begin(), out.end(), [&](const setting& a, const setting& b) {
    return table.get(a.key)->source().begin.line < table.get(b.key)->source().begin.line;
  });
  return out;
}

}  // namespace comcp::program
