#ifndef COMCP_HTTP_MEDIA_TYPE_HPP
#define COMCP_HTTP_MEDIA_TYPE_HPP

#include <string_view>

#include "comcp/http/fields.hpp"

namespace comcp::http {

/// The `type/subtype` of a Content-Type value, without parameters and white space; empty if there
/// is none.
std::string_view media_essence(std::string_view content_type) noexcept;

/// A Content-Type value names this media type, whatever its parameters. Case-insensitive.
bool is_media_type(std::string_view content_type, std::string_view essence) noexcept;

/** How much an Accept header wants a media type, in thousandths: 0 not at all, 1000 fully.

    The most specific media range that matches decides (RFC 9110 §12.5.1), so
    `text/html;q=0, * / *` refuses HTML only. Parameters other than `q` are ignored; elements that
    can't be read are skipped.
*/
int accept_quality(std::string_view accept, std::string_view essence) noexcept;

/** The Accept headers take this media type. Several header lines count as one list.

    @param when_absent what a missing Accept header means: for HTTP everything is acceptable; a
                       protocol that requires the header asks for `refuses`
*/
enum class absent_accept { takes_all, refuses };
bool accepts(const fields& headers,
             std::string_view essence,
             absent_accept when_absent = absent_accept::takes_all);

}  // namespace comcp::http

#endif
