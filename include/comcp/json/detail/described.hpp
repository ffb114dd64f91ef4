#ifndef COMCP_JSON_DETAIL_DESCRIBED_HPP
#define COMCP_JSON_DETAIL_DESCRIBED_HPP

// Converters of structs and enumerations that Boost.Describe describes, with their notes.

#include "comcp/json/detail/containers.hpp"
#include "comcp/json/notes.hpp"
#include "comcp/json/schema_builder.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

namespace comcp::json {
namespace detail {

template <class T>
concept annotated = requires(notes<T>& about) { annotate(about); };

template <class E>
concept annotated_enum = requires(enum_notes<E>& about) { annotate(about); };

template <class T>
inline constexpr std::size_t member_count = boost::mp11::mp_size<members_of<T>>::value;

template <class T>
struct cpp_names;
template <template <class...> class L, class... D>
struct cpp_names<L<D...>> {
  static constexpr std::array<std::string_view, sizeof...(D)> value{std::string_view(D::name)...};
};

/// The notes on T, made by its author's annotate() when first needed.
template <class T>
const struct_notes& notes_of() {
  static const struct_notes all = [] {
    struct_notes data;
    for (std::string_view name : cpp_names<members_of<T>>::value)
      data.members.emplace_back(name);
    notes<T> about(data);
    annotate(about);
    data.seal();
    return data;
  }();
  return all;
}

template <class T>
std::span<const std::string_view> names_of() {
  if constexpr (annotated<T>) {
    return notes_of<T>().names;
  } else {
    return cpp_names<members_of<T>>::value;
  }
}

template <class T>
const member_note* note_of(std::size_t index) {
  if constexpr (annotated<T>) {
    return &notes_of<T>().members[index];
  } else {
    return nullptr;
  }
}

/// JSON names of an enumeration's values, their titles (empty: none), and the keywords of its schema.
struct enum_names {
  std::vector<std::string> owned;
  std::vector<std::string> titles;
  std::vector<std::string_view> names;
  object keywords;
};

template <class E>
const enum_names& enum_names_of() {
  static const enum_names all = [] {
    enum_names data;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>(
        [&](auto descriptor) { data.owned.emplace_back(descriptor.name); });
    if constexpr (annotated_enum<E>) {
      data.titles.resize(data.owned.size());
      enum_notes<E> about(data.owned, data.titles, data.keywords);
      annotate(about);
    }
    data.names.assign(data.owned.begin(), data.owned.end());
    return data;
  }();
  return all;
}

}  // namespace detail

template <described_struct T>
struct converter<T> {
  static bool decode(const value& in, T& out, decode_context& at) {
    const object* members = at.expect_object(in);
    if (!members) return false;
    const std::span<const std::string_view> names = detail::names_of<T>();
    bool ok = true;
    std::size_t index = 0;
    boost::mp11::mp_for_each<detail::members_of<T>>([&](auto descriptor) {
      ok = ok && decode_member(*members, names[index], detail::note_of<T>(index),
                               out.*descriptor.pointer, at);
      ++index;
    });
    return ok && at.check_members(*members, names, unknown_policy());
  }

  static void encode(const T& in, value& out, encode_context& at) {
    object& members = out.emplace_object();
    members.reserve(detail::member_count<T>);
    const std::span<const std::string_view> names = detail::names_of<T>();
    std::size_t index = 0;
    boost::mp11::mp_for_each<detail::members_of<T>>([&](auto descriptor) {
      encode_member(members, names[index], in.*descriptor.pointer, at);
      ++index;
    });
  }

  static object schema(schema_builder& builder) { return builder.named(typeid(T), &build_schema); }

 private:
  static unknown_members unknown_policy() {
    if constexpr (detail::annotated<T>) {
      if (detail::notes_of<T>().rejects_unknown) return unknown_members::reject;
    }
    return unknown_members::ignore;
  }

  template <class M>
  static bool decode_member(const object& members,
                            std::string_view name,
                            [[maybe_unused]] const member_note* note,
                            M& out,
                            decode_context& at) {
    if (const value* found = members.if_contains(name)) {
      at_member here(at, name);
      return converter<M>::decode(*found, out, at);
    }
    if constexpr (detail::annotated<T>) {
      if (const value* fallback = note->explicit_default()) {
        at_member here(at, name);
        return converter<M>::decode(*fallback, out, at);
      }
      if (note->is_defaulted()) return true;
    }
    return detail::is_optional_v<M> || at.fail_missing(name);
  }

  template <class M>
  static void encode_member(object& members,
                            std::string_view name,
                            const M& in,
                            encode_context& at) {
    if constexpr (detail::is_optional_v<M>) {
      if (!in) return;
    }
    at_member here(at, name);
    converter<M>::encode(in, members[name], at);
  }

  static object build_schema(schema_builder& builder) {
    struct_schema all;
    const std::span<const std::string_view> names = detail::names_of<T>();
    std::size_t index = 0;
    boost::mp11::mp_for_each<detail::members_of<T>>([&](auto descriptor) {
      using member = std::remove_cvref_t<decltype(std::declval<T&>().*descriptor.pointer)>;
      add_member<member>(all, builder, names[index], detail::note_of<T>(index), descriptor.pointer);
      ++index;
    });
    const bool closed = builder.options().unknown() == unknown_members::reject ||
                        unknown_policy() == unknown_members::reject;
    if constexpr (detail::annotated<T>) return all.finish(&detail::notes_of<T>().keywords, closed);
    return all.finish(nullptr, closed);
  }

  template <class M, class Pointer>
  static void add_member(struct_schema& all,
                         schema_builder& builder,
                         std::string_view name,
                         const member_note* note,
                         [[maybe_unused]] Pointer pointer) {
    object schema = builder.of<typename detail::optional_traits<M>::type>();
    bool required = !detail::is_optional_v<M>;
    if constexpr (detail::annotated<T>) {
      if (note->is_defaulted() || note->explicit_default()) required = false;
      if (note->is_defaulted()) {
        const T initial{};
        encode_context at;
        value shown;
        converter<M>::encode(initial.*pointer, shown, at);
        all.add(name, std::move(schema), note, required, &shown);
        return;
      }
    }
    all.add(name, std::move(schema), note, required, nullptr);
  }
};

template <described_enum E>
struct converter<E> {
  static bool decode(const value& in, E& out, decode_context& at) {
    const string* text = at.expect_string(in);
    if (!text) return false;
    const std::span<const std::string_view> names = detail::enum_names_of<E>().names;
    bool found = false;
    std::size_t index = 0;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto descriptor) {
      if (!found && names[index] == std::string_view(*text)) {
        out = descriptor.value;
        found = true;
      }
      ++index;
    });
    return found || at.fail_name(*text, names);
  }

  static void encode(E in, value& out, encode_context& at) {
    const std::span<const std::string_view> names = detail::enum_names_of<E>().names;
    bool found = false;
    std::size_t index = 0;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto descriptor) {
      if (!found && descriptor.value == in) {
        out.emplace_string() = names[index];
        found = true;
      }
      ++index;
    });
    if (!found) at.fail("the enumeration has no name for this value");
  }

  static object schema(schema_builder&) {
    const detail::enum_names& all = detail::enum_names_of<E>();
    return schema_builder::strings(all.names, all.titles, all.keywords);
  }
};

}  // namespace comcp::json

#endif
