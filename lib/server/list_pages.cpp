#include "server/list_pages.hpp"

#include <algorithm>

#include "comcp/jsonrpc/codec.hpp"
#include "server/cursor.hpp"

namespace comcp::detail {

list_pages::list_pages(const protocol::method_info& method, std::string_view member)
    : method_(method),
      member_(member),
      by_revision_(std::make_unique<revision_pages[]>(protocol::all_rules().size())) {}

list_pages::page list_pages::write(const list_source& source,
                                   const list_style& style,
                                   const protocol::rules& r,
                                   std::size_t begin) const {
  const std::size_t end = begin + std::min(style.page_size, source.size() - begin);
  json::array entries;
  for (std::size_t i = begin; i < end; ++i)
    entries.push_back(source.encode(i, r));
  json::object result;
  result[member_] = std::move(entries);
  page p;
  if (begin > 0) p.behind = source.key(begin - 1);
  if (end < source.size()) {
    p.next = source.key(end - 1);
    result["nextCursor"] = make_cursor(member_, p.next);
  }
  protocol::complete_result(result, &method_, r, style.identity, style.hints);
  p.text = std::make_shared<const jsonrpc::raw_json>(jsonrpc::to_text(result));
  return p;
}

list_pages::answer list_pages::get(const list_source& source,
                                   const list_style& style,
                                   const protocol::rules& r,
                                   const json::value& params) const {
  std::string behind;
  if (const json::object* o = params.if_object()) {
    if (const json::value* cursor = o->if_contains("cursor")) {
      auto key = cursor->is_string() ? read_cursor(member_, cursor->get_string()) : std::nullopt;
      if (!key) return protocol::invalid_params("/cursor is not one that this list gave out");
      behind = std::move(*key);
    }
  }
  revision_pages& known = by_revision_[static_cast<std::size_t>(r.id)];
  std::call_once(known.written, [&] {
    std::vector<page> pages;
    std::size_t begin = 0;
    do {
      pages.push_back(write(source, style, r, begin));
      begin += style.page_size;
    } while (begin < source.size());
    known.pages = std::move(pages);
  });
  // The cursor may come from an older list, whose pages began elsewhere.
  const auto at = std::ranges::find(known.pages, behind, &page::behind);
  if (at != known.pages.end()) return at->text;
  return write(source, style, r, source.index_behind(behind)).text;
}

}  // namespace comcp::detail
