#include "suggest.hpp"

#include <algorithm>
#include <cstddef>

namespace comcp::program {

namespace {

// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i)
    d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j)
    d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::string nearest(std::string_view mistyped, const std::vector<std::string>& known) {
  std::string best;
  std::size_t least = std::max<std::size_t>(1, mistyped.size() / 3) + 1;
  for (const std::string& word : known) {
    const std::size_t d = distance(mistyped, word);
    if (d < least) {
      least = d;
      best = word;
    }
  }
  if (!best.empty() || mistyped.size() < 4) return best;
  // "rows" for "max-rows".
  for (const std::string& word : known) {
    if (word.find(mistyped) != std::string::npos) return word;
  }
  return best;
}

std::string did_you_mean(std::string_view mistyped, const std::vector<std::string>& known) {
  const std::string word = nearest(mistyped, known);
  return word.empty() ? std::string() : "; did you mean '" + word + "'?";
}

}  // namespace comcp::program
