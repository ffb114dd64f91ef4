#ifndef COMCP_LIB_JSON_SCHEMA_EVALUATION_HPP
#define COMCP_LIB_JSON_SCHEMA_EVALUATION_HPP

// One validation of one value: what it may still cost, where it stands, what it found.

#include "comcp/json/convert_context.hpp"
#include "node.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace comcp::json::schema {

/** Which members or elements of the current value some keyword has looked at. */
class evaluated {
 public:
  void add(std::size_t index) {
    if (index >= some_.size()) some_.resize(index + 1);
    some_[index] = true;
  }
  void add_first(std::size_t count) {
    if (count > first_) first_ = count;
  }
  void add_all() noexcept { first_ = static_cast<std::size_t>(-1); }
  bool has(std::size_t index) const noexcept {
    return index < first_ || (index < some_.size() && some_[index]);
  }
  void merge(const evaluated& other);

 private:
  std::size_t first_ = 0;
  std::vector<bool> some_;
};

struct evaluation_limits {
  std::uint64_t steps = 0;
  std::size_t depth = 0;
  std::size_t instance_depth = 0;
};

class evaluation : public detail::place_holder {
 public:
  /// Without `out` only the answer is wanted.
  evaluation(const evaluation_limits& limits,
             std::vector<violation>* out,
             std::size_t max_violations)
      : limits_(limits), steps_(limits.steps), out_(out), max_(max_violations) {}
  evaluation(const evaluation&) = delete;
  evaluation& operator=(const evaluation&) = delete;

  /// The whole validation.
  bool run(const node& root, const value& instance);

  /// Applies a subschema to the value at the current place, to a member of it, to an element of it.
  bool apply(const node& schema, const value& instance, evaluated* seen);
  bool apply_to_member(const node& schema, std::string_view key, const value& member);
  bool apply_to_element(const node& schema, std::size_t index, const value& element);

  /// Takes steps from the budget; false when it is spent. The caller may go on: the outcome is decided.
  bool spend(std::uint64_t steps = 1);
  bool aborted() const noexcept { return aborted_; }
  void abort(std::string why);
  /// For work that takes from the budget by itself.
  std::uint64_t& steps_left() noexcept { return steps_; }

  /// Whether violations are still wanted here: if not, the first failure is enough.
  bool collecting() const noexcept {
    return out_ && muted_ == 0 && out_->size() < max_ && !aborted_;
  }
  /// Records a violation of the keyword at the current place; returns false. The message is made by
  /// a function, because most failures are nobody's business (a branch of anyOf, is_valid).
  template <class Message>
  bool fail(const keyword& by, Message&& message) {
    if (collecting()) report(by.name(), by.place(), message());
    return false;
  }
  void report(std::string_view keyword, const position& place, std::string message);

  std::size_t mark() const noexcept { return out_ ? out_->size() : 0; }
  /// Forgets what was recorded since the mark: it didn't matter after all.
  void forget(std::size_t mark) {
    if (out_ && out_->size() > mark) out_->resize(mark);
  }
  std::vector<violation>* violations() noexcept { return out_; }
  std::size_t max_violations() const noexcept { return max_; }

  /// While it lives nothing is recorded.
  class silence {
   public:
    explicit silence(evaluation& run) : run_(run) { ++run_.muted_; }
    ~silence() { --run_.muted_; }
    silence(const silence&) = delete;
    silence& operator=(const silence&) = delete;

   private:
    evaluation& run_;
  };

  /// The outermost resource of the dynamic scope that has this dynamic anchor; null if none has.
  const node* find_dynamic(std::string_view anchor) const;

 private:
  struct scope {
    const resource* entered;
    const scope* outer;
  };
  bool apply_keywords(const node& schema, const value& instance, evaluated* seen);

  evaluation_limits limits_;
  std::uint64_t steps_;
  std::vector<violation>* out_;
  std::size_t max_;
  std::size_t muted_ = 0;
  std::size_t depth_ = 0;
  std::size_t instance_depth_ = 0;
  const scope* scope_ = nullptr;
  bool aborted_ = false;
  std::string why_;
};

}  // namespace comcp::json::schema

#endif
