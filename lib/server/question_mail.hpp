#ifndef COMCP_LIB_SERVER_QUESTION_MAIL_HPP
#define COMCP_LIB_SERVER_QUESTION_MAIL_HPP

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "comcp/json/value.hpp"
#include "comcp/scope/cancel_scope.hpp"
#include "comcp/session/request_context.hpp"

namespace comcp::detail {

/** What a detached call has to say to its client, until a request of it comes for that: in order, the
    oldest notifications dropped beyond a limit. A question that is on its way keeps its place, should it
    come back.

    @par Thread safety all of it
*/
class question_mail {
 public:
  explicit question_mail(std::size_t limit) : limit_(limit) {}

  class item {
   public:
    std::string question;  // its key; empty: a notification
    std::string method;
    json::value params;
    call_options options;
  };

  void push(item i);
  /// The oldest one; a question is on its way from then on.
  std::optional<item> take();
  bool empty() const;
  /// A question waits for somebody who asks it.
  bool has_question() const;
  /// The call is over: nobody waits for answers, and what was to be said is not said any more.
  void clear();

  /// A question that was taken is asked in a scope. False: it was taken back.
  bool deliver(const std::string& key, remote_canceller scope);
  /// It got its answer.
  void delivered(const std::string& key);
  /// It didn't, and goes to whoever comes next. False: it isn't on its way.
  bool again(const std::string& key) noexcept;
  /// Takes a question back, wherever it is.
  void withdraw(const std::string& key);

  /// One more comes for it, or leaves.
  void listeners(int more);
  bool listened_to() const;

 private:
  class entry {
   public:
    explicit entry(item i) : what(std::move(i)) {}
    bool is_notification() const noexcept { return what.question.empty(); }

    item what;
    bool on_its_way = false;
    remote_canceller asked_in;  // while it is
  };
  using entries = std::list<entry>;
  entries::iterator find(const std::string& key) noexcept;

  mutable std::mutex mutex_;
  const std::size_t limit_;  // of notifications
  entries all_;
  int listeners_ = 0;
};

}  // namespace comcp::detail

#endif
