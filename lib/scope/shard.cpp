#include "comcp/scope/shard.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <utility>

#include "comcp/scope/errors.hpp"
#include "shard_impl.hpp"

namespace comcp {

namespace detail {

namespace {

// Ready tasks that one turn resumes before I/O gets its chance again.
constexpr std::size_t batch_size = 128;

}  // namespace

thread_state& this_thread_state() noexcept {
  constinit thread_local thread_state state;
  return state;
}

task_ctx* current_task_or_null() noexcept {
  return this_thread_state().task;
}

task_ctx& this_task() {
  task_ctx* task = current_task_or_null();
  if (!task) {
    throw std::logic_error{
        "comcp: not inside of a task. Start work with shard::start_root() or in a task group, not "
        "with asio::co_spawn()"};
  }
  return *task;
}

shard_impl* current_shard_or_null() noexcept {
  const thread_state& state = this_thread_state();
  return state.task ? &state.task->shard() : state.shard;
}

bool shard_mailbox::post(unique_function function) {
  const std::lock_guard held{mutex_};
  if (!target_) return false;
  asio::post(target_->context, [self = shared_from_this(), f = std::move(function)]() mutable {
    shard_impl* shard = self->target();
    if (!shard) return;
    const current_shard_scope current{*shard};
    f();
  });
  return true;
}

void shard_mailbox::close() noexcept {
  const std::lock_guard held{mutex_};
  target_ = nullptr;
}

shard_impl::shard_impl(shard& f,
                       std::unique_ptr<asio::io_context> owned,
                       asio::io_context& io,
                       clock& time_source)
    : facade{f},
      owned_context{std::move(owned)},
      context{io},
      tree{time_source, *this},
      mailbox_{std::make_shared<shard_mailbox>(*this)} {
  if (!time_source.is_manual()) timer_ = std::make_unique<timer>(context);
}

shard_impl::~shard_impl() {
  dying_ = true;
  mailbox_->close();
  if (owned_context) {
    // What still waits is destroyed: first our own waits, whose frames own themselves, then the
    // operations of Asio with the context.
    const current_shard_scope current{*this};
    abandon_waiting();
    timer_.reset();
    owned_context.reset();  // lets go of threads that wait for the shard
    own_pool.reset();
  } else if (tree.task_count() != 0) {
    std::fprintf(stderr, "comcp: a shard died before its tasks\n%s", tree.dump().c_str());
    std::abort();
  }
  run_turn_ends();  // of those that belong to no task: another shard waits for them
}

/// Children before their hosts, whose frames they may use.
void shard_impl::abandon_waiting() noexcept {
  const auto depth = [](parked& op) { return scope_tree::start_depth(op.task()); };
  while (!alive_.empty()) {
    std::size_t deepest = 0;
    for (parked* op = alive_.first(); op; op = alive_.next(*op))
      deepest = std::max(deepest, depth(*op));
    intrusive_list<parked, alive_tag> now;
    for (parked* op = alive_.first(); op;) {
      parked* const following = alive_.next(*op);
      if (depth(*op) == deepest) {
        op->list_hook<alive_tag>::unlink();
        now.push_back(*op);
      }
      op = following;
    }
    while (!now.empty()) {
      parked& op = now.front();
      op.list_hook<alive_tag>::unlink();
      op.abandon();
    }
  }
}

namespace {

/// From the mailbox's room; its size fits, or else the heap's does.
template <class T>
class turn_allocator {
 public:
  using value_type = T;
  explicit turn_allocator(turn_room& room) noexcept : room_{&room} {}
  template <class U>
  turn_allocator(const turn_allocator<U>& other) noexcept : room_{other.room_} {}

  T* allocate(std::size_t n) {
    void* p = room_->take(n * sizeof(T));
    return static_cast<T*>(p ? p : ::operator new(n * sizeof(T)));
  }
  void deallocate(T* p, std::size_t) noexcept {
    if (!room_->give_back(p)) ::operator delete(p);
  }
  friend bool operator==(const turn_allocator&, const turn_allocator&) = default;

 private:
  template <class U>
  friend class turn_allocator;
  turn_room* room_;
};

class turn_handler {
 public:
  using allocator_type = turn_allocator<void>;
  explicit turn_handler(std::shared_ptr<shard_mailbox> mail) noexcept : mail_{std::move(mail)} {}
  allocator_type get_allocator() const noexcept { return allocator_type{mail_->room_for_turn()}; }
  void operator()() const {
    if (shard_impl* self = mail_->target()) self->turn();
  }

 private:
  std::shared_ptr<shard_mailbox> mail_;  // and with it the room
};

}  // namespace

void shard_impl::request_turn() noexcept {
  if (turn_requested_ || !mailbox_->target()) return;  // no turns for a shard that dies
  turn_requested_ = true;
  asio::post(context, turn_handler{mailbox_});
}

void shard_impl::turn() {
  const current_shard_scope current{*this};
  turn_requested_ = false;
  in_turn_ = true;
  // Asks for the next turn even when a handler throws through us.
  struct at_end {
    shard_impl& self;
    intrusive_list<parked, wait_tag> batch{};
    ~at_end() {
      self.run_turn_ends();
      self.in_turn_ = false;
      self.ready_.splice_front(batch);
      self.free_.splice_back(self.ended_);
      if (!self.ready_.empty() || !self.turn_ends_.empty()) self.request_turn();
    }
  } work{*this};
  free_.splice_back(ended_);
  if (std::exchange(timer_failed_, false)) arm_timer();
  if (!reserve_) reserve_.reset(new (std::nothrow) std::byte[reserve_bytes]);
  tree.turn();
  work.batch.splice_back(ready_);
  for (std::size_t n = 0; n != batch_size && !work.batch.empty(); ++n) {
    parked& op = work.batch.front();
    op.list_hook<wait_tag>::unlink();
    op.list_hook<alive_tag>::unlink();
    task_ctx& task = op.task();
    const current_task_scope as_task{&task};
    op.go_on();
  }
}

void shard_impl::run_turn_ends() noexcept {
  intrusive_list<turn_end, turn_end_tag> now;
  now.splice_back(turn_ends_);
  while (!now.empty()) {
    turn_end& what = now.front();
    now.pop_front();
    what.on_turn_end();
  }
}

void shard_impl::end_of_turn(turn_end& what) noexcept {
  what.unlink();
  turn_ends_.push_back(what);
  if (!in_turn_) request_turn();
}

bool shard_impl::begin_loop_turn() noexcept {
  if (in_turn_ || turn_requested_ || !mailbox_->target()) return false;
  return turn_requested_ = true;
}

void shard_impl::make_ready(parked& op) noexcept {
  ready_.push_back(op);
  request_turn();
}

void shard_impl::deadline_added(time_point due) noexcept {
  if (timer_ && due < timer_due_) arm_timer();
}

void shard_impl::arm_timer() noexcept {
  timer_due_ = tree.next_deadline();
  if (timer_due_ == time_point::max()) return;
  try {
    wait_for_timer();
  } catch (...) {  // no memory: again soon
    timer_due_ = time_point::max();
    timer_failed_ = true;
    request_turn();
  }
}

void shard_impl::wait_for_timer() {
  timer_->expires_at(timer_due_);
  timer_->async_wait([mail = mailbox_](const boost::system::error_code& ec) {
    shard_impl* self = mail->target();
    if (ec || !self) return;  // armed anew, or not needed any more
    const current_shard_scope current{*self};
    self->timer_due_ = time_point::max();
    self->tree.fire_due();
    if (self->timer_due_ == time_point::max()) self->arm_timer();
  });
}

task_ctx& shard_impl::make_task(cancel_scope& scope, task_owner& owner, std::string_view name) {
  if (free_.empty()) free_.push_back(slots_.emplace_back(*this));
  task_ctx& task = free_.front();
  task.name = name;
  free_.pop_front();
  task.id = next_task_id_++;
  task.owner_ = &owner;
  task.alive_ = true;
  task.throws_in_a_row_ = 0;
  tree.add(task, scope);
  return task;
}

void shard_impl::retire(task_ctx& task) noexcept {
  tree.remove(task);
  task.alive_ = false;
  task.owner_ = nullptr;
  ++task.generation_;
  if (ended_.empty()) request_turn();
  ended_.push_back(task);
  if (tree.task_count() == 0 && timer_ && timer_due_ != time_point::max()) {
    timer_due_ = time_point::max();
    timer_->cancel();  // must not keep the loop alive
  }
}

void shard_impl::drop(task_ctx& task) noexcept {
  retire(task);
}

void shard_impl::complete(task_ctx& task) noexcept {
  const current_shard_scope outside{*this};
  task_owner* owner = task.owner_;
  std::exception_ptr error = std::exchange(task.error_, nullptr);
  retire(task);
  owner->task_done(task, std::move(error));
}

void shard_impl::abandoned(task_ctx& task) noexcept {
  task_owner* owner = task.owner_;
  task.error_ = nullptr;
  retire(task);
  if (owner) owner->task_abandoned();
}

// Our own operations begin without failing (see io_wait.hpp): what had no memory was the last step, behind
// the body, whose error is known.
void shard_impl::lost(task_ctx& task) noexcept {
  if (dying_) return abandoned(task);
  complete(task);
}

void shard_impl::use_reserve() noexcept {
  reserve_.reset();
}

void shard_impl::disown(const task_owner& owner) noexcept {
  for (task_ctx& task : slots_) {
    if (task.owner_ == &owner) task.owner_ = nullptr;
  }
}

namespace {

/// Deletes itself when its task has ended.
class root_owner final : public task_owner {
 public:
  explicit root_owner(std::function<void(std::exception_ptr)> f) : on_end_{std::move(f)} {}

 private:
  void task_done(task_ctx& task, std::exception_ptr error) noexcept override {
    if (is_cancelled(error) && task.shard().tree.root().effectively_cancelled()) error = nullptr;
    if (on_end_) {
      on_end_(std::move(error));
    } else if (error) {
      std::fprintf(stderr, "comcp: a root task failed: %s\n", describe(error).c_str());
    }
    delete this;
  }
  void task_abandoned() noexcept override { delete this; }

  std::function<void(std::exception_ptr)> on_end_;
};

}  // namespace

}  // namespace detail

namespace {

std::unique_ptr<detail::shard_impl> make_owned(shard& facade, clock& time_source) {
  auto io = std::make_unique<asio::io_context>(1);
  asio::io_context& ref = *io;
  return std::make_unique<detail::shard_impl>(facade, std::move(io), ref, time_source);
}

}  // namespace

shard::shard(clock& time_source) : impl_{make_owned(*this, time_source)} {}

shard::shard(asio::io_context& context, clock& time_source)
    : impl_{std::make_unique<detail::shard_impl>(*this, nullptr, context, time_source)} {}

shard::~shard() = default;

asio::io_context& shard::context() const noexcept {
  return impl_->context;
}
clock& shard::time_source() const noexcept {
  return impl_->tree.time_source();
}
std::size_t shard::index() const noexcept {
  return impl_->index;
}
void shard::post(detail::unique_function function) {
  impl_->mail()->post(std::move(function));
}
cancel_scope& shard::root_scope() noexcept {
  return impl_->tree.root();
}
void shard::cancel(std::string_view reason) {
  post([this, text = std::string{reason}] { root_scope().cancel(text); });
}
std::size_t shard::live_tasks() const noexcept {
  return impl_->tree.task_count();
}
std::size_t shard::live_scopes() const noexcept {
  return impl_->tree.scope_count();
}
std::string shard::dump_scopes(tree_format format) const {
  const detail::task_node* running = detail::current_task_or_null();
  if (format == tree_format::json) return impl_->tree.dump_json(index(), running);
  return "shard " + std::to_string(index()) + ": " + std::to_string(live_tasks()) + " tasks, " +
         std::to_string(live_scopes()) + " scopes\n" + impl_->tree.dump(running);
}

blocking_pool& shard::pool() {
  if (impl_->shared_pool) return *impl_->shared_pool;
  if (!impl_->own_pool) impl_->own_pool = std::make_unique<blocking_pool>();
  return *impl_->own_pool;
}
void shard::pool(blocking_pool& shared) noexcept {
  impl_->shared_pool = &shared;
}

void shard::drop_root(detail::task_ctx& task) noexcept {
  task.shard().abandoned(task);
}

detail::task_ctx& shard::make_root(std::string_view name,
                                   std::function<void(std::exception_ptr)> on_end) {
  auto owner = std::make_unique<detail::root_owner>(std::move(on_end));
  detail::task_ctx& task = impl_->make_task(impl_->tree.root(), *owner, name);
  owner.release();
  return task;
}

shard& this_shard() {
  detail::shard_impl* impl = detail::current_shard_or_null();
  if (!impl) throw std::logic_error{"comcp: this thread runs no shard"};
  return impl->facade;
}

cancel_scope& current_scope() {
  return *detail::this_task().scope();
}

task_info current_task() {
  detail::task_ctx& task = detail::this_task();
  task_info info;
  info.id = task.id;
  info.name = task.name;
  return info;
}

}  // namespace comcp
