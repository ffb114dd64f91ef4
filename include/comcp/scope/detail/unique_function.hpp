#ifndef COMCP_SCOPE_DETAIL_UNIQUE_FUNCTION_HPP
#define COMCP_SCOPE_DETAIL_UNIQUE_FUNCTION_HPP

// std::move_only_function<void()> for C++20.

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace comcp::detail {

class unique_function {
 public:
  unique_function() noexcept = default;
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, unique_function> && std::invocable<F&>)
  unique_function(F&& f)  // NOLINT(google-explicit-constructor): any callable
      : callable_{std::make_unique<holder<std::decay_t<F>>>(std::forward<F>(f))} {}

  explicit operator bool() const noexcept { return callable_ != nullptr; }
  void operator()() { callable_->call(); }

 private:
  struct base {
    virtual ~base() = default;
    virtual void call() = 0;
  };
  template <class F>
  struct holder final : base {
    template <class G>
    explicit holder(G&& g) : f(std::forward<G>(g)) {}
    void call() override { f(); }
    F f;
  };
  std::unique_ptr<base> callable_;
};

}  // namespace comcp::detail

#endif
