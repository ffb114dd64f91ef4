#ifndef COMCP_JSON_DETAIL_CONTAINERS_HPP
#define COMCP_JSON_DETAIL_CONTAINERS_HPP

// Converters of std::optional, sequences, maps and variants.

#include "comcp/json/detail/scalars.hpp"
#include "comcp/json/schema_builder.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace comcp::json {
namespace detail {

template <class T>
struct optional_traits {
  static constexpr bool is_optional = false;
  using type = T;
};
template <class T>
struct optional_traits<std::optional<T>> {
  static constexpr bool is_optional = true;
  using type = T;
};
template <class T>
inline constexpr bool is_optional_v = optional_traits<T>::is_optional;

/** Keeps the most telling failure while the alternatives of a variant are tried. */
class variant_attempt {
 public:
  explicit variant_attempt(decode_context& at);
  ~variant_attempt();
  variant_attempt(const variant_attempt&) = delete;
  variant_attempt& operator=(const variant_attempt&) = delete;

  // First round: unknown members are refused, so that the alternative that knows all members wins.
  // Returns whether a second, lenient round makes sense.
  bool begin_round(int number);
  bool admit();   // one more attempt; false when the budget is spent
  void reject();  // the attempt failed: takes its failure out of the context
  bool fail();    // all failed: puts the most telling failure into the context

 private:
  decode_context& at_;
  unknown_members policy_;
  std::size_t depth_;
  std::string path_;
  std::string message_;
  std::size_t deepest_ = 0;
  bool several_ = false;
  bool exhausted_ = false;
};

bool check_size(const array& in, std::size_t wanted, decode_context& at);
object sized_array_schema(object items, std::size_t size);

}  // namespace detail

/** Absent members are handled by the struct that has them; as an element or a value of a map, or
   where a member is null, JSON null is std::nullopt. (An optional<value> that is null in JSON holds
   null.) */
template <class T>
struct converter<std::optional<T>> {
  static_assert(!detail::is_optional_v<T>, "JSON can't tell the levels of a nested optional apart");

  static bool decode(const value& in, std::optional<T>& out, decode_context& at) {
    if constexpr (!std::is_same_v<T, value>) {
      if (in.is_null()) {
        out.reset();
        return true;
      }
    }
    return converter<T>::decode(in, out.emplace(), at);
  }
  static void encode(const std::optional<T>& in, value& out, encode_context& at) {
    if (in) converter<T>::encode(*in, out, at);
  }
  static object schema(schema_builder& builder) {
    return schema_builder::nullable(builder.of<T>());
  }
};

template <class T, class A>
struct converter<std::vector<T, A>> {
  static bool decode(const value& in, std::vector<T, A>& out, decode_context& at) {
    const array* elements = at.expect_array(in);
    if (!elements) return false;
    out.clear();
    out.reserve(elements->size());
    for (const value& element : *elements) {
      at_member here(at, out.size());
      if constexpr (std::is_same_v<T, bool>) {
        bool flag = false;
        if (!converter<bool>::decode(element, flag, at)) return false;
        out.push_back(flag);
      } else {
        if (!converter<T>::decode(element, out.emplace_back(), at)) return false;
      }
    }
    return true;
  }
  static void encode(const std::vector<T, A>& in, value& out, encode_context& at) {
    array& elements = out.emplace_array();
    elements.reserve(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      at_member here(at, i);
      converter<T>::encode(in[i], elements.emplace_back(nullptr), at);
    }
  }
  static object schema(schema_builder& builder) {
    return schema_builder::array_of(builder.of<T>());
  }
};

template <class T, std::size_t N>
struct converter<std::array<T, N>> {
  static bool decode(const value& in, std::array<T, N>& out, decode_context& at) {
    const array* elements = at.expect_array(in);
    if (!elements || !detail::check_size(*elements, N, at)) return false;
    for (std::size_t i = 0; i < N; ++i) {
      at_member here(at, i);
      if (!converter<T>::decode((*elements)[i], out[i], at)) return false;
    }
    return true;
  }
  static void encode(const std::array<T, N>& in, value& out, encode_context& at) {
    array& elements = out.emplace_array();
    elements.reserve(N);
    for (std::size_t i = 0; i < N; ++i) {
      at_member here(at, i);
      converter<T>::encode(in[i], elements.emplace_back(nullptr), at);
    }
  }
  static object schema(schema_builder& builder) {
    return detail::sized_array_schema(builder.of<T>(), N);
  }
};

namespace detail {

template <class Map>
struct map_converter {
  using mapped = typename Map::mapped_type;

  static bool decode(const value& in, Map& out, decode_context& at) {
    const object* members = at.expect_object(in);
    if (!members) return false;
    out.clear();
    for (const auto& member : *members) {
      at_member here(at, member.key());
      if (!converter<mapped>::decode(member.value(), out[std::string(member.key())], at))
        return false;
    }
    return true;
  }
  static void encode(const Map& in, value& out, encode_context& at) {
    object& members = out.emplace_object();
    members.reserve(in.size());
    for (const auto& [key, mapped_value] : in) {
      at_member here(at, key);
      converter<mapped>::encode(mapped_value, members[key], at);
    }
  }
  static object schema(schema_builder& builder) {
    return schema_builder::map_of(builder.of<mapped>());
  }
};

}  // namespace detail

template <class T, class C, class A>
struct converter<std::map<std::string, T, C, A>>
    : detail::map_converter<std::map<std::string, T, C, A>> {};

template <class T, class H, class E, class A>
struct converter<std::unordered_map<std::string, T, H, E, A>>
    : detail::map_converter<std::unordered_map<std::string, T, H, E, A>> {};

/** The first alternative that fits; one that knows all members of an object goes before one that
    would have to ignore some. */
template <class... Ts>
struct converter<std::variant<Ts...>> {
  static bool decode(const value& in, std::variant<Ts...>& out, decode_context& at) {
    detail::variant_attempt attempt(at);
    for (int round = 0; attempt.begin_round(round); ++round) {
      if ((try_one<Ts>(in, out, at, attempt) || ...)) return true;
    }
    return attempt.fail();
  }
  static void encode(const std::variant<Ts...>& in, value& out, encode_context& at) {
    std::visit([&]<class T>(const T& held) { converter<T>::encode(held, out, at); }, in);
  }
  static object schema(schema_builder& builder) {
    std::vector<object> alternatives;
    (alternatives.push_back(builder.of<Ts>()), ...);
    return schema_builder::any_of(std::move(alternatives));
  }

 private:
  template <class T>
  static bool try_one(const value& in,
                      std::variant<Ts...>& out,
                      decode_context& at,
                      detail::variant_attempt& attempt) {
    if (!attempt.admit()) return false;
    T candidate{};
    if (converter<T>::decode(in, candidate, at)) {
      out = std::move(candidate);
      return true;
    }
    attempt.reject();
    return false;
  }
};

}  // namespace comcp::json

#endif
