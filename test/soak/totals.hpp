#ifndef COMCP_TEST_SOAK_TOTALS_HPP
#define COMCP_TEST_SOAK_TOTALS_HPP

// What the clients have seen, counted.

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace soak {

/// How an exchange can fail.
enum class trouble {
  refused,  ///< a well-formed no, or nobody there: what a restart does to its clients
  lost,     ///< nothing came, on a connection that both kept
  cut,      ///< it ended in the middle
  crossed,  ///< somebody else's
  doubled,  ///< more than was asked for
  wrong,    ///< anything else
};
inline constexpr std::size_t trouble_count = 6;

class failure : public std::runtime_error {
 public:
  failure(trouble w, const std::string& text) : std::runtime_error(text), what_kind(w) {}
  const trouble what_kind;
};

/** Counters of all clients together.

    @par Thread safety everything */
class totals {
 public:
  std::atomic<std::uint64_t> answers{0};        // that came and were their caller's own
  std::atomic<std::uint64_t> notifications{0};  // the same of progress and changes
  std::atomic<std::uint64_t> left{0};           // requests and streams that clients left
  std::atomic<std::uint64_t> sessions{0};
  std::atomic<std::uint64_t> excused{0};  // refused while the server was restarted

  /// A conversation of this kind went to its end.
  void completed(const char* kind);
  void failed(const char* kind, const failure& f);

  std::uint64_t of(trouble t) const { return troubles_[static_cast<std::size_t>(t)]; }
  /// Nothing went wrong that no restart excuses.
  bool clean() const;
  std::map<std::string, std::uint64_t> kinds() const;
  std::vector<std::string> samples() const;

 private:
  std::array<std::atomic<std::uint64_t>, trouble_count> troubles_{};
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> kinds_;
  std::vector<std::string> samples_;
};

}  // namespace soak

#endif
