#include "http/body_reader.hpp"

#include <algorithm>

namespace comcp::http {

namespace {

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Part of a line that nobody looks at: text and tabs.
bool is_line_text(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 ? byte != 0x7f : byte == '\t';
}

}  // namespace

body_reader::body_reader(const body_framing& framing) noexcept {
  switch (framing.how) {
    case body_framing::kind::none:
      break;
    case body_framing::kind::length:
      state_ = state::length;
      left_ = framing.length;
      break;
    case body_framing::kind::chunked:
      state_ = state::size;
      break;
  }
}

body_reader::progress body_reader::read(std::string_view bytes,
                                        std::size_t& taken,
                                        std::string& out,
                                        std::size_t limit) {
  taken = 0;
  if (exceeds(limit - std::min(limit, out.size()))) return progress::too_large;
  while (state_ != state::done) {
    if (taken == bytes.size()) return progress::need_more;
    if (state_ == state::length || state_ == state::data) {
      const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - taken));
      if (n > limit - std::min(limit, out.size())) return progress::too_large;
      out.append(bytes.substr(taken, n));
      taken += n;
      left_ -= n;
      if (left_ == 0) state_ = state_ == state::length ? state::done : state::data_cr;
      continue;
    }
    if (step(bytes[taken++]) == progress::malformed) return progress::malformed;
    // Known before its data comes: don't wait for it.
    if (state_ == state::data && left_ > limit - std::min(limit, out.size()))
      return progress::too_large;
  }
  return progress::done;
}

// spec: RFC 9112 §7.1; a bare LF is never a line end, white space before an extension is tolerated
body_reader::progress body_reader::step(char c) noexcept {
  switch (state_) {
    case state::size:
      if (const int digit = hex_value(c); digit >= 0) {
        if (++digits_ > 16) return fail();
        left_ = left_ * 16 + static_cast<unsigned>(digit);
        break;
      }
      if (digits_ == 0) return fail();
      state_ = state::size_end;
      [[fallthrough]];
    case state::size_end:
      if (c == '\r') {
        state_ = state::size_lf;
      } else if (c == ';') {
        state_ = state::extension;
      } else if ((c != ' ' && c != '\t') || ++meta_ > max_meta_bytes) {
        return fail();
      }
      break;
    case state::extension:
      if (c == '\r') {
        state_ = state::size_lf;
      } else if (!is_line_text(c) || ++meta_ > max_meta_bytes) {
        return fail();
      }
      break;
    case state::size_lf:
      if (c != '\n') return fail();
      state_ = left_ > 0 ? state::data : state::trailer;
      break;
    case state::data_cr:
      if (c != '\r') return fail();
      state_ = state::data_lf;
      break;
    case state::data_lf:
      if (c != '\n') return fail();
      state_ = state::size;
      digits_ = 0;
      break;
    case state::trailer:
      if (c == '\r') {
        state_ = state::end_lf;
        break;
      }
      if (c == ' ' || c == '\t') return fail();  // folded
      state_ = state::trailer_line;
      [[fallthrough]];
    case state::trailer_line:
      if (c == '\r') {
        state_ = state::trailer_lf;
      } else if (!is_line_text(c) || ++meta_ > max_meta_bytes) {
        return fail();
      }
      break;
    case state::trailer_lf:
      if (c != '\n') return fail();
      state_ = state::trailer;
      break;
    case state::end_lf:
      if (c != '\n') return fail();
      state_ = state::done;
      break;
    case state::done:
    case state::length:
    case state::data:
    case state::failed:
      return fail();
  }
  return progress::need_more;
}

}  // namespace comcp::http
