#include "comcp/session/outbox.hpp"

#include <cassert>
#include <deque>
#include <mutex>
#include <utility>

#include "comcp/scope/detail/intrusive_list.hpp"
#include "comcp/scope/event.hpp"
#include "scope/recycling.hpp"
#include "scope/wake_after.hpp"
#include "session/outbox_counters.hpp"
#include "session/wire.hpp"
#include "transport/waiting_in.hpp"

namespace comcp {

detail::outbox_counters& detail::outbox_counters_here() {
  static std::mutex mutex;
  static auto& all = *new std::deque<outbox_counters>();  // also for what ends behind main()
  thread_local outbox_counters& own = [&]() -> outbox_counters& {
    const std::lock_guard held(mutex);
    return all.emplace_back();
  }();
  return own;
}

/// A place in the queue, made before it is needed so that taking it can't fail.
struct outbox::slot::node : detail::recycled<node> {
  frame message;
  std::size_t bytes = 0;
  std::optional<jsonrpc::request_id> id;  // of a reserved answer
  bool internal_error = false;            // the text is still to be made
  std::unique_ptr<node> next;

  /// False: there is no memory for it.
  bool make_text() noexcept try {
    if (internal_error) message = detail::internal_error_frame(*id);
    internal_error = false;
    return true;
  } catch (...) {
    return false;
  }
};

struct outbox::impl {
  using node = slot::node;
  struct waiting_tag;

  // Lives in the frame of a `send` that waits for room.
  struct producer : detail::list_hook<waiting_tag> {
    std::unique_ptr<node> place;  // moves into the queue as soon as there is room
    const bool* over = nullptr;
    send_status status = send_status::closed;
    event decided;
  };
  // Lives in the frame of `until_room`.
  struct reader : detail::list_hook<waiting_tag> {
    event woken;
  };

  explicit impl(outbox_options o) : options(o) {}
  ~impl() { drop_queue(); }

  bool accepts() const noexcept { return !closed && !finished; }
  /// What isn't a reserved answer.
  bool accepts_more() const noexcept { return accepts() && !options.answers_only(); }
  bool has_room() const noexcept { return bytes < options.max_bytes(); }

  void queue(std::unique_ptr<node> place) noexcept {
    bytes += place->bytes;
    counters.queued(place->bytes);
    ++count;
    node* raw = place.get();
    (last != nullptr ? last->next : first) = std::move(place);
    last = raw;
    detail::wake(consumer);
    if (listener != nullptr) listener->queued();
  }

  std::optional<frame> take() {
    if (first == nullptr) return std::nullopt;
    if (first->internal_error) {
      // Before anything changes: without memory for the text, the answer stays in the queue.
      first->message = detail::internal_error_frame(*first->id);
      first->internal_error = false;
    }
    std::unique_ptr<node> place = std::move(first);
    first = std::move(place->next);
    if (first == nullptr) last = nullptr;
    bytes -= place->bytes;
    counters.taken(place->bytes);
    --count;
    let_in();
    return std::move(place->message);
  }

  // What was waiting for room and now has it.
  void let_in() noexcept {
    while (has_room() && !producers.empty()) {
      producer& p = producers.front();
      producers.pop_front();
      if (p.over == nullptr || !*p.over) {
        p.status = send_status::sent;
        queue(std::move(p.place));
      }
      p.decided.set();
    }
    if (has_room()) wake_readers();
  }

  void wake_readers() noexcept {
    while (!readers.empty()) {
      reader& r = readers.front();
      readers.pop_front();
      r.woken.set();
    }
  }

  // Nothing is accepted any more: whoever waits hears it.
  void turn_away() noexcept {
    while (!producers.empty()) {
      producer& p = producers.front();
      producers.pop_front();
      p.decided.set();
    }
    wake_readers();
    detail::wake(consumer);
  }

  void end_if_answered() noexcept {
    if (!options.ends_with_last_answer() || !reserved_any || pending > 0 || holds > 0) return;
    finished = true;
    turn_away();
    if (listener != nullptr) listener->finished();
  }

  void drop_queue() noexcept {
    while (first != nullptr)
      first = std::move(first->next);  // no recursion through a long chain
    last = nullptr;
    if (bytes != 0) counters.taken(bytes);
    bytes = count = 0;
  }

  awaitable<send_status> send(const bool* over, frame f);

  outbox_options options;
  detail::outbox_counters& counters = detail::outbox_counters_here();
  std::unique_ptr<node> first;
  node* last = nullptr;
  std::size_t bytes = 0;
  std::size_t count = 0;
  std::size_t pending = 0;
  std::size_t unanswered = 0;
  std::size_t holds = 0;
  bool reserved_any = false;
  bool closed = false;
  bool finished = false;
  detail::intrusive_list<producer, waiting_tag> producers;
  detail::intrusive_list<reader, waiting_tag> readers;
  event* consumer = nullptr;
  outbox_listener* listener = nullptr;
};

outbox::outbox(impl& i) noexcept : impl_(&i) {}

outbox::~outbox() = default;

// One allocation for all three: impl, outbox, reference count.
std::shared_ptr<outbox> outbox::make(outbox_options options) {
  struct both {
    explicit both(outbox_options o) : state(o), box(state) {}
    impl state;
    outbox box;
  };
  auto made = std::allocate_shared<both>(detail::recycling_allocator<both>(), options);
  outbox& box = made->box;
  return std::shared_ptr<outbox>(std::move(made), &box);
}

awaitable<send_status> outbox::impl::send(const bool* over, frame f) {
  if (!accepts_more() || (over != nullptr && *over)) co_return send_status::closed;
  auto place = std::make_unique<node>();
  place->bytes = f.text.size();
  place->message = std::move(f);
  if (producers.empty() && has_room()) {
    queue(std::move(place));
    co_return send_status::sent;
  }
  producer waiting;
  waiting.place = std::move(place);
  waiting.over = over;
  producers.push_back(waiting);
  const detail::outbox_counters::wait counted(counters);
  co_await waiting.decided.wait();
  co_return waiting.status;
}

awaitable<send_status> outbox::send(frame f) {
  return impl_->send(nullptr, std::move(f));
}

awaitable<send_status> outbox::send_unless(const bool& over, frame f) {
  return impl_->send(&over, std::move(f));
}

send_status outbox::try_send(frame f) {
  if (!impl_->accepts_more()) return send_status::closed;
  if (!impl_->producers.empty() || !impl_->has_room()) return send_status::full;
  return push(std::move(f));
}

send_status outbox::push(frame f) {
  if (!impl_->accepts_more()) return send_status::closed;
  auto place = std::make_unique<slot::node>();
  place->bytes = f.text.size();
  place->message = std::move(f);
  impl_->queue(std::move(place));
  return send_status::sent;
}

send_status outbox::pause(std::optional<std::chrono::milliseconds> come_back) {
  if (!impl_->accepts_more()) return send_status::closed;
  if (!impl_->options.can_pause()) return send_status::skipped;
  frame f(frame::kind::pause, {});
  f.come_back = come_back;
  return push(std::move(f));
}

bool outbox::has_room() const noexcept {
  return impl_->has_room();
}

awaitable<void> outbox::until_room() {
  while (impl_->accepts() && !impl_->has_room()) {
    impl::reader waiting;
    impl_->readers.push_back(waiting);
    co_await waiting.woken.wait();
  }
}

awaitable<std::optional<frame>> outbox::next() {
  for (;;) {
    if (auto f = impl_->take()) co_return f;
    if (!impl_->accepts()) co_return std::nullopt;
    assert(impl_->consumer == nullptr && "an outbox has one consumer");
    detail::waiting_in wait(impl_->consumer);
    co_await wait.wake_up.wait();
  }
}

awaitable<void> outbox::until_queued(duration limit) {
  if (impl_->first != nullptr || !impl_->accepts()) co_return;
  assert(impl_->consumer == nullptr && "an outbox has one consumer");
  detail::waiting_in wait(impl_->consumer);
  const detail::wake_after end(wait.wake_up, limit);
  co_await wait.wake_up.wait();
}

std::optional<frame> outbox::try_next() {
  return impl_->take();
}

void outbox::listen(outbox_listener* who) noexcept {
  impl_->listener = who;
}

void outbox::close() noexcept {
  if (impl_->closed) return;
  impl_->closed = true;
  impl_->drop_queue();
  impl_->turn_away();
}

void outbox::finish() noexcept {
  if (impl_->finished) return;
  impl_->finished = true;
  impl_->turn_away();
  if (impl_->listener != nullptr) impl_->listener->finished();
}

bool outbox::closed() const noexcept {
  return !impl_->accepts();
}
std::size_t outbox::queued_bytes() const noexcept {
  return impl_->bytes;
}
std::size_t outbox::queued_count() const noexcept {
  return impl_->count;
}
std::size_t outbox::pending_answers() const noexcept {
  return impl_->pending;
}
std::size_t outbox::unanswered() const noexcept {
  return impl_->unanswered;
}

outbox::hold::hold(std::shared_ptr<outbox> box) noexcept : box_(std::move(box)) {
  if (box_) ++box_->impl_->holds;
}

outbox::hold::~hold() {
  if (!box_) return;
  --box_->impl_->holds;
  box_->impl_->reserved_any = true;  // or there is nothing to answer: that is the end, too
  box_->impl_->end_if_answered();
}

outbox::slot::slot() noexcept = default;
outbox::slot::slot(slot&& other) noexcept = default;

outbox::slot::slot(std::shared_ptr<outbox> box, std::unique_ptr<node> place) noexcept
    : box_(std::move(box)), place_(std::move(place)) {}

outbox::slot& outbox::slot::operator=(slot&& other) noexcept {
  if (this != &other) {
    abandon();
    box_ = std::move(other.box_);
    place_ = std::move(other.place_);
  }
  return *this;
}

outbox::slot::~slot() {
  abandon();
}

outbox::slot outbox::reserve(const std::shared_ptr<outbox>& box, jsonrpc::request_id id) {
  auto place = std::make_unique<slot::node>();
  place->id = std::move(id);
  ++box->impl_->pending;
  box->impl_->reserved_any = true;
  return slot(box, std::move(place));
}

send_status outbox::slot::put(frame f) && noexcept {
  place_->bytes = f.text.size();
  place_->message = std::move(f);
  return std::move(*this).put_place();
}

send_status outbox::slot::put_internal_error() && noexcept {
  constexpr std::size_t about = 100;
  place_->bytes = about;
  place_->internal_error = true;
  return std::move(*this).put_place();
}

send_status outbox::slot::put_place() && noexcept {
  const std::shared_ptr<outbox> box = std::move(box_);
  auto place = std::move(place_);
  impl& to = *box->impl_;
  --to.pending;
  const bool accepted = to.accepts();
  const bool taken = accepted && to.listener != nullptr && to.first == nullptr &&
                     place->make_text() && to.listener->take(place->message);
  if (accepted && !taken) to.queue(std::move(place));
  to.end_if_answered();
  return accepted ? send_status::sent : send_status::closed;
}

void outbox::slot::abandon() noexcept {
  if (!box_) return;
  const std::shared_ptr<outbox> box = std::move(box_);
  place_.reset();
  --box->impl_->pending;
  ++box->impl_->unanswered;
  box->impl_->end_if_answered();
}

}  // namespace comcp
