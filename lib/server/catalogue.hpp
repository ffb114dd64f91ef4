#ifndef COMCP_LIB_SERVER_CATALOGUE_HPP
#define COMCP_LIB_SERVER_CATALOGUE_HPP

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comcp/json/validator.hpp"
#include "comcp/log.hpp"
#include "comcp/protocol/parameter_header.hpp"
#include "comcp/server/completion.hpp"
#include "comcp/server/prompt.hpp"
#include "comcp/server/resource.hpp"
#include "comcp/server/tool.hpp"
#include "comcp/server/uri_template.hpp"
#include "server/list_pages.hpp"
#include "server/snapshot.hpp"
#include "server/sorted_entries.hpp"

namespace comcp::detail {

using completion_map = std::map<std::string, completion_function, std::less<>>;

class tool_entry {
 public:
  /// @par Errors registration_error
  explicit tool_entry(tool_definition d);
  std::string_view key() const noexcept { return tool.info.name; }
  json::object encode(const protocol::rules& r) const { return protocol::encode(tool.info, r); }

  tool_definition tool;
  json::schema_validator input;
  std::optional<json::schema_validator> output;
  std::shared_ptr<const protocol::parameter_headers> headers;  // null: none
};

class resource_entry {
 public:
  explicit resource_entry(resource_definition d);
  std::string_view key() const noexcept { return info.uri; }
  json::object encode(const protocol::rules& r) const { return protocol::encode(info, r); }

  protocol::resource info;
  std::optional<protocol::cache_hints> cache;
  resource_function read;
};

class template_entry {
 public:
  explicit template_entry(resource_definition d);
  std::string_view key() const noexcept { return info.uri_template; }
  json::object encode(const protocol::rules& r) const { return protocol::encode(info, r); }

  protocol::resource_template info;
  uri_template pattern;
  std::optional<protocol::cache_hints> cache;
  resource_function read;
  completion_map completions;
};

class prompt_entry {
 public:
  explicit prompt_entry(prompt_definition d);
  std::string_view key() const noexcept { return prompt.info.name; }
  json::object encode(const protocol::rules& r) const { return protocol::encode(prompt.info, r); }

  prompt_definition prompt;
  completion_map completions;
};

/// Why the name isn't what the specification recommends; empty when it is.
std::string doubt_about_name(std::string_view tool_name);

/// One list: its entries, and their text once it was asked for.
template <class Entry>
class section final : private list_source {
 public:
  section(std::string_view method, std::string_view member, sorted_entries<Entry> e = {})
      : entries(std::move(e)), pages_(*protocol::find_method(method), member) {}

  const sorted_entries<Entry> entries;

  list_pages::answer page(const list_style& style,
                          const protocol::rules& r,
                          const json::value& params) const {
    return pages_.get(*this, style, r, params);
  }

 private:
  std::size_t size() const override { return entries.size(); }
  std::string_view key(std::size_t i) const override { return entries.all()[i]->key(); }
  std::size_t index_behind(std::string_view k) const override { return entries.index_behind(k); }
  json::object encode(std::size_t i, const protocol::rules& r) const override {
    return entries.all()[i]->encode(r);
  }

  list_pages pages_;
};

/** All that a server offers at one moment; immutable once published. A change makes another catalogue
    that shares what didn't change. */
class catalogue {
 public:
  catalogue();

  // Each throws registration_error, and leaves the catalogue as it was.
  void add(tool_definition d);
  void add_resource(resource_definition d);
  void add_template(resource_definition d);
  void add(prompt_definition d);
  void add(completion_target target, completion_function complete);

  bool remove_tool(std::string_view name);
  bool remove_resource(std::string_view uri);
  bool remove_template(std::string_view uri_template);
  bool remove_prompt(std::string_view name);

  /// What serves a URI: the resource of that name, else the first template, in the order in which
  /// they were added, that matches.
  struct found_resource {
    std::shared_ptr<const resource_entry> fixed;
    std::shared_ptr<const template_entry> pattern;
    uri_template::values variables;
    explicit operator bool() const noexcept { return fixed || pattern; }
  };
  found_resource find_resource(std::string_view uri) const;

  bool has_resources() const noexcept;
  bool has_completions() const noexcept;

  std::shared_ptr<const section<tool_entry>> tools;
  std::shared_ptr<const section<resource_entry>> resources;
  std::shared_ptr<const section<template_entry>> templates;
  std::shared_ptr<const section<prompt_entry>> prompts;

 private:
  std::vector<std::string> template_order_;
};

/** The current catalogue, and the one place where it changes.

    @par Thread safety all of it; readers never wait for a change being made
*/
class catalogue_store {
 public:
  std::shared_ptr<const catalogue> current() const { return current_.get(); }

  /// Makes a changed copy current, unless `change` says false or throws.
  template <class F>
  bool change(F&& change) {
    const std::lock_guard one_at_a_time(changing_);
    auto next = std::make_shared<catalogue>(*current_.get());
    if (!change(*next)) return false;
    current_.set(std::move(next));
    return true;
  }

 private:
  std::mutex changing_;
  snapshot<catalogue> current_{std::make_shared<const catalogue>()};
};

}  // namespace comcp::detail

#endif
