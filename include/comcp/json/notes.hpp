#ifndef COMCP_JSON_NOTES_HPP
#define COMCP_JSON_NOTES_HPP

#include "comcp/json/value.hpp"

#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace comcp::json {

/** A struct (or class) whose public members BOOST_DESCRIBE_STRUCT / BOOST_DESCRIBE_CLASS lists. */
template <class T>
concept described_struct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

/** An enumeration that BOOST_DESCRIBE_ENUM or BOOST_DEFINE_ENUM lists. */
template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

/** What an author says about one member of a described struct.

    Every setter but the first four adds the JSON Schema keyword of its name to the member's schema.
    A bound that the author gives takes the place of the one that the C++ type implies. */
class member_note {
 public:
  explicit member_note(std::string_view cpp_name) : name_(cpp_name) {}

  /// Name in JSON, where it is not the C++ one ("_meta", "default", "maxTokens").
  member_note& name(std::string_view json_name);
  /// The member may be absent: it then keeps its initialiser, which the schema shows as `default`.
  member_note& defaulted();
  /// The member may be absent: it is then decoded from this value, which the schema shows as
  /// `default`.
  member_note& default_value(value v);
  /// The schema admits null as well; for optional members, whose schema otherwise says "leave it
  /// out".
  member_note& nullable();

  member_note& description(std::string_view text);
  member_note& title(std::string_view text);
  member_note& minimum(value bound);
  member_note& maximum(value bound);
  member_note& exclusive_minimum(value bound);
  member_note& exclusive_maximum(value bound);
  member_note& multiple_of(value divisor);
  member_note& min_length(std::size_t code_points);
  member_note& max_length(std::size_t code_points);
  member_note& pattern(std::string_view ecma_regex);
  member_note& format(std::string_view name);
  member_note& min_items(std::size_t count);
  member_note& max_items(std::size_t count);
  member_note& unique_items();
  member_note& examples(std::initializer_list<boost::json::value_ref> values);
  /// The only values admitted, in place of what the type implies.
  member_note& one_of(std::initializer_list<boost::json::value_ref> values);
  /// Mirrored by HTTP clients into the header Mcp-Param-<name>; strings, integers and booleans
  /// only.
  member_note& mcp_header(std::string_view name);
  /// Any other keyword.
  member_note& keyword(std::string_view key, value v);

  const std::string& json_name() const noexcept { return name_; }
  const object& keywords() const noexcept { return keywords_; }
  bool is_defaulted() const noexcept { return defaulted_; }
  bool is_nullable() const noexcept { return nullable_; }
  const value* explicit_default() const noexcept { return keywords_.if_contains("default"); }

 private:
  std::string name_;
  object keywords_;
  bool defaulted_ = false;
  bool nullable_ = false;
};

namespace detail {

template <class T>
using members_of =
    boost::describe::describe_members<T,
                                      boost::describe::mod_public | boost::describe::mod_inherited>;

// Compiled part of notes<T>.
class struct_notes {
 public:
  std::vector<member_note> members;
  object keywords;  // of the struct itself
  bool rejects_unknown = false;
  std::vector<std::string_view> names;  // into members, filled by seal()

  void seal();
  [[noreturn]] static void fail_not_described();
};

}  // namespace detail

/** What an author says about a described struct: its own description, and notes on its members.

    Attached by a function `annotate` in the struct's namespace, found by argument-dependent lookup:
    @code
    struct weather_args { std::string city; int days = 3; };
    BOOST_DESCRIBE_STRUCT(weather_args, (), (city, days))

    inline void annotate(comcp::json::notes<weather_args>& about) {
      about("Which forecast is wanted");
      about(&weather_args::city, "Name of the city").min_length(1).examples({"Paris"});
      about(&weather_args::days, "Days ahead").minimum(1).maximum(14).defaulted();
    }
    @endcode
    It is called once per type. It must be declared wherever the type is converted, so it belongs
    right after the struct. */
template <class T>
class notes {
 public:
  explicit notes(detail::struct_notes& data) : data_(data) {}

  /// The struct's own description.
  notes& operator()(std::string_view description) { return text("description", description); }
  notes& title(std::string_view title) { return text("title", title); }
  /// Any other keyword of the struct's schema.
  notes& keyword(std::string_view key, value v) {
    data_.keywords[key] = std::move(v);
    return *this;
  }
  /// Unknown members are an error whatever the options say; the schema has additionalProperties
  /// false.
  notes& reject_unknown_members() {
    data_.rejects_unknown = true;
    return *this;
  }

  /// The note on one member, to be continued with setters.
  /// @throws std::logic_error for a member that the struct's description doesn't list
  template <class M, class C>
  member_note& operator()(M C::* member) {
    M T::* const wanted = member;
    std::size_t index = 0;
    member_note* found = nullptr;
    boost::mp11::mp_for_each<detail::members_of<T>>([&](auto descriptor) {
      if constexpr (std::is_convertible_v<decltype(descriptor.pointer), M T::*>) {
        M T::* const candidate = descriptor.pointer;
        if (candidate == wanted) found = &data_.members[index];
      }
      ++index;
    });
    if (!found) detail::struct_notes::fail_not_described();
    return *found;
  }
  template <class M, class C>
  member_note& operator()(M C::* member, std::string_view description) {
    return (*this)(member).description(description);
  }

 private:
  notes& text(std::string_view key, std::string_view v) {
    return keyword(key, boost::json::string_view(v));
  }

  detail::struct_notes& data_;
};

/** What an author says about a described enumeration, attached like notes on a struct.
    @code
    inline void annotate(comcp::json::enum_notes<unit>& about) {
      about("Unit of temperature");
      about.name(unit::per_cent, "%");
    }
    @endcode */
template <class E>
class enum_notes {
 public:
  enum_notes(std::vector<std::string>& names, std::vector<std::string>& titles, object& keywords)
      : names_(names), titles_(titles), keywords_(keywords) {}

  enum_notes& operator()(std::string_view description) { return text("description", description); }
  enum_notes& keyword(std::string_view key, value v) {
    keywords_[key] = std::move(v);
    return *this;
  }
  /// Text in JSON, where it is not the enumerator's name.
  enum_notes& name(E enumerator, std::string_view json_name) {
    return set(names_, enumerator, json_name);
  }
  /// What people read in place of the text. With one, the schema lists titled choices: `oneOf` of
  /// `const` and `title`, as forms have them.
  enum_notes& title(E enumerator, std::string_view shown) {
    return set(titles_, enumerator, shown);
  }

 private:
  enum_notes& set(std::vector<std::string>& where, E enumerator, std::string_view what) {
    std::size_t index = 0;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto descriptor) {
      if (descriptor.value == enumerator) where[index] = what;
      ++index;
    });
    return *this;
  }
  enum_notes& text(std::string_view key, std::string_view v) {
    return keyword(key, boost::json::string_view(v));
  }

  std::vector<std::string>& names_;
  std::vector<std::string>& titles_;
  object& keywords_;
};

}  // namespace comcp::json

#endif
