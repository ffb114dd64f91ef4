#ifndef COMCP_LIB_SERVER_LIST_PAGES_HPP
#define COMCP_LIB_SERVER_LIST_PAGES_HPP

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "comcp/jsonrpc/message.hpp"
#include "comcp/protocol/capabilities.hpp"
#include "comcp/protocol/methods.hpp"
#include "comcp/protocol/result.hpp"
#include "comcp/protocol/version.hpp"

namespace comcp::detail {

/// What the pages of a server's lists have in common.
class list_style {
 public:
  protocol::implementation identity;
  protocol::cache_hints hints;
  std::size_t page_size = 1000;
};

/// The entries of one list, in order.
class list_source {
 public:
  virtual std::size_t size() const = 0;
  virtual std::string_view key(std::size_t i) const = 0;
  virtual std::size_t index_behind(std::string_view key) const = 0;
  virtual json::object encode(std::size_t i, const protocol::rules& r) const = 0;

 protected:
  ~list_source() = default;
};

/** The results of a list method, page by page, as text: written once per revision when first asked
    for, then only copied.

    @par Thread safety all of it
*/
class list_pages {
 public:
  /// @param member of the result that holds the entries
  list_pages(const protocol::method_info& method, std::string_view member);

  using answer = std::variant<std::shared_ptr<const jsonrpc::raw_json>, jsonrpc::error_object>;
  /// The page that the params ask for, or -32602 for a cursor that is none of this list.
  answer get(const list_source& source,
             const list_style& style,
             const protocol::rules& r,
             const json::value& params) const;

 private:
  struct page {
    std::string behind;  // the key that it begins behind; empty: the first
    std::shared_ptr<const jsonrpc::raw_json> text;
    std::string next;  // the last key, when there is another page
  };
  struct revision_pages {
    std::once_flag written;
    std::vector<page> pages;
  };
  page write(const list_source& source,
             const list_style& style,
             const protocol::rules& r,
             std::size_t begin) const;

  const protocol::method_info& method_;
  std::string_view member_;
  std::unique_ptr<revision_pages[]> by_revision_;
};

}  // namespace comcp::detail

#endif
