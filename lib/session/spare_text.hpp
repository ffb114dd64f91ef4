#ifndef COMCP_LIB_SESSION_SPARE_TEXT_HPP
#define COMCP_LIB_SESSION_SPARE_TEXT_HPP

#include <string>

namespace comcp::detail {

/// An empty text with room for most answers: the memory of the last one that this thread has sent, if it is back.
std::string spare_text();
/// What was sent. Kept if it isn't large, one for each thread.
void give_back_text(std::string text) noexcept;

}  // namespace comcp::detail

#endif
