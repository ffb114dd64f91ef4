#ifndef COMCP_LIB_SERVER_DETACHED_CALL_HPP
#define COMCP_LIB_SERVER_DETACHED_CALL_HPP

#include <atomic>
#include <cstddef>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "comcp/awaitable.hpp"
#include "comcp/json/value.hpp"
#include "comcp/log.hpp"
#include "comcp/scope/cancel_scope.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/scope/shard.hpp"
#include "comcp/server/tool_call.hpp"
#include "comcp/session/detached_request.hpp"
#include "server/call_gate.hpp"
#include "server/question_mail.hpp"
#include "server/waiters.hpp"

namespace comcp::detail {

/** A tool's handler that runs below the root scope of its shard, apart from the request that it came
    with, and the questions that it has open. What becomes of them is for the classes made of it.

    While it has some, its place among the concurrent calls is free for others: clients may take hours.

    @par Thread safety its home shard; what says so from any thread
*/
class detached_call : public request_channel, public std::enable_shared_from_this<detached_call> {
 public:
  detached_call(tool_call call, const request_context& from, std::size_t max_queued_messages);

  /// Starts it on this shard. @param limit nothing: none
  void start(std::string_view name, std::optional<duration> limit);

  // From any thread.
  shard& home() const noexcept { return home_; }
  question_mail& mail() noexcept { return mail_; }
  /// Wakes who waits for mail.
  virtual void mail_came_back() noexcept = 0;
  void cancel() noexcept;
  /// Cancels it at this time; max(): never.
  void deadline(time_point t) noexcept;

  /// What is wrong with the answers to open questions; others are ignored.
  std::optional<std::string> complaint(const json::object& answers) const;
  /// Ends a question: by an answer, or by the failure to get one.
  void resolve(const std::string& key, json::value answer, std::exception_ptr failure);

  // request_channel
  awaitable<json::value> ask(const question& asked) override;

 protected:
  class standing;
  class open_question {
   public:
    explicit open_question(const question& q) : asked(q) {}
    const question& asked;
    event done;
    json::value answer;
    std::exception_ptr failure;
  };

  /// A question was opened.
  virtual void opened(const question& asked) = 0;
  /// The open questions are others than before. Shielded, limited in time.
  virtual awaitable<void> questions_changed() = 0;
  /// The handler has ended, however. Shielded, limited in time; not called when memory is short.
  virtual awaitable<void> ended() = 0;
  /// Nothing of it runs any more. Always the last, unless its shard dies first.
  virtual void left() noexcept = 0;

  const std::map<std::string, open_question*, std::less<>>& open() const noexcept { return open_; }
  /// What came of it; nothing: it was cancelled, or has failed.
  const std::optional<call_outcome>& outcome() const noexcept { return outcome_; }
  std::optional<call_outcome> release_outcome() noexcept {
    return std::exchange(outcome_, std::nullopt);
  }
  bool cancelled() const noexcept { return cancelled_; }
  bool out_of_time() const noexcept { return out_of_time_; }
  /// It could not run to its end. Once it has left.
  bool failed() const noexcept { return failed_; }

 private:
  awaitable<void> run(std::optional<duration> limit);
  awaitable<void> work(std::optional<duration> limit);
  void over(const std::exception_ptr& error) noexcept;

  shard& home_;
  const logger log_;
  std::optional<tool_call> call_;            // until the end
  std::optional<detached_request> request_;  // until the end
  std::optional<call_outcome> outcome_;
  std::map<std::string, open_question*, std::less<>> open_;
  call_gate::place place_;   // while the handler runs
  std::size_t waiting_ = 0;  // for answers
  question_mail mail_;
  bool out_of_time_ = false;
  bool failed_ = false;
  cancel_scope* scope_ = nullptr;  // while the handler runs; home shard

  std::atomic<bool> cancelled_{false};
};

/** Carries what a detached call has to say to a request of its client: notifications, and questions, whose
    answers it brings back. What is unanswered when it ends goes to whoever comes next.

    @param over    whether the call has nothing more to say; asked after each change
    @param changes woken when there is mail, or the call is over
*/
awaitable<void> hand_on(std::shared_ptr<detached_call> from,
                        waiters::waiter& changes,
                        request_context& to,
                        std::function<awaitable<bool>()> over);

}  // namespace comcp::detail

#endif
