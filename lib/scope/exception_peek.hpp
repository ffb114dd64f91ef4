#ifndef COMCP_LIB_SCOPE_EXCEPTION_PEEK_HPP
#define COMCP_LIB_SCOPE_EXCEPTION_PEEK_HPP

#include <cstring>
#include <exception>
#include <typeinfo>

namespace comcp::detail {

/** The E inside an exception_ptr, null when it holds another type.

    A rethrow only to look at an exception costs as much as the throw that made it, and cancellation
    is a chain of such looks. libstdc++ lets us ask the type instead.
*/
template <class E>
const E* peek(const std::exception_ptr& error) noexcept {
  if (!error) return nullptr;
#if defined(__GLIBCXX__)
  static_assert(sizeof(std::exception_ptr) == sizeof(void*));
  const std::type_info* type = error.__cxa_exception_type();
  void* object = nullptr;
  std::memcpy(&object, static_cast<const void*>(&error), sizeof object);
  return typeid(E).__do_catch(type, &object, 1) ? static_cast<const E*>(object) : nullptr;
#else
  try {
    std::rethrow_exception(error);
  } catch (const E& e) {
    return &e;
  } catch (...) {
    return nullptr;
  }
#endif
}

}  // namespace comcp::detail

#endif
