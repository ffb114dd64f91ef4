#include "comcp/scope/blocking.hpp"

#include <algorithm>
#include <condition_variable>
#include <iterator>
#include <list>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>

#include "comcp/scope/detail/park.hpp"
#include "comcp/scope/detail/run_task.hpp"
#include "scope/post_surely.hpp"
#include "shard_impl.hpp"

namespace comcp {

namespace {

constexpr const char* shut_down_text = "comcp: the blocking pool is shut down";

}  // namespace

/// Shared with the threads: one that is let go at shutdown may outlive the pool.
struct blocking_pool::state {
  using job_ptr = std::shared_ptr<detail::blocking_job>;
  struct worker {
    std::thread thread;
    bool ended = false;
  };

  explicit state(std::size_t max, duration g) : max_threads{max}, grace{g} {}

  void work(worker& self) {
    std::unique_lock held{mutex};
    for (;;) {
      ++idle;
      work_added.wait(held, [&] { return closed || !queue.empty(); });
      --idle;
      if (queue.empty()) break;
      running.splice(running.end(), queue, queue.begin());  // needs no memory
      const auto at = std::prev(running.end());
      held.unlock();
      (*at)->run();
      detail::unique_function done = std::move((*at)->done);
      std::list<job_ptr> ended;
      held.lock();
      ended.splice(ended.end(), running, at);
      held.unlock();
      ended.clear();
      if (done) done();
      done = {};
      held.lock();
    }
    self.ended = true;
    thread_ended.notify_all();
  }

  const std::size_t max_threads;
  const duration grace;
  mutable std::mutex mutex;
  std::condition_variable work_added;
  std::condition_variable thread_ended;
  std::list<job_ptr> queue;
  std::list<job_ptr> running;
  std::list<worker> workers;
  std::size_t idle = 0;
  bool closed = false;
};

blocking_pool::blocking_pool(std::size_t max_threads, duration grace)
    : state_{std::make_shared<state>(std::max<std::size_t>(max_threads, 1), grace)} {}

blocking_pool::~blocking_pool() {
  shut_down();
}

std::size_t blocking_pool::max_threads() const noexcept {
  return state_->max_threads;
}

std::size_t blocking_pool::pending() const noexcept {
  const std::lock_guard held{state_->mutex};
  return state_->queue.size() + state_->running.size();
}

void blocking_pool::submit(std::shared_ptr<detail::blocking_job> job) {
  const std::lock_guard held{state_->mutex};
  if (state_->closed) throw std::logic_error{shut_down_text};
  state_->queue.push_back(std::move(job));
  if (state_->idle < state_->queue.size() && state_->workers.size() < state_->max_threads) {
    const std::size_t before = state_->workers.size();
    try {
      state::worker& w = state_->workers.emplace_back();
      w.thread = std::thread{[shared = state_, &w] { shared->work(w); }};
    } catch (...) {
      if (state_->workers.size() > before) state_->workers.pop_back();
      if (before == 0) {  // nobody would ever run it
        state_->queue.pop_back();
        throw;
      }
    }
  }
  state_->work_added.notify_one();
}

bool blocking_pool::withdraw(const detail::blocking_job& job) noexcept {
  std::shared_ptr<detail::blocking_job> dropped;  // destroyed outside of the lock
  const std::lock_guard held{state_->mutex};
  auto& queue = state_->queue;
  const auto at = std::find_if(queue.begin(), queue.end(),
                               [&](const auto& queued) { return queued.get() == &job; });
  if (at == queue.end()) return false;
  dropped = std::move(*at);
  queue.erase(at);
  return true;
}

std::size_t blocking_pool::shut_down() noexcept {
  std::list<state::job_ptr> dropped;
  std::unique_lock held{state_->mutex};
  if (std::exchange(state_->closed, true)) return state_->running.size();  // was waited for before
  dropped.swap(state_->queue);
  for (const state::job_ptr& job : state_->running)
    job->stop.store(true);
  state_->work_added.notify_all();
  held.unlock();
  for (const state::job_ptr& job : dropped) {
    try {
      throw std::logic_error{shut_down_text};
    } catch (...) {  // that, or no memory for it
      job->error = std::current_exception();
    }
    detail::unique_function done = std::move(job->done);
    if (done) done();
  }
  held.lock();
  const auto all_ended = [&] {
    return std::all_of(state_->workers.begin(), state_->workers.end(),
                       [](const state::worker& w) { return w.ended; });
  };
  state_->thread_ended.wait_for(held, state_->grace, all_ended);
  const std::size_t left = state_->running.size();
  for (state::worker& w : state_->workers) {
    if (!w.thread.joinable()) continue;
    if (w.ended) {
      held.unlock();
      w.thread.join();
      held.lock();
    } else {
      w.thread.detach();
    }
  }
  return left;
}

namespace detail {

namespace {

/// A job on its way, seen from the shard.
struct job_run {
  std::shared_ptr<blocking_job> job;
  blocking_pool* pool = nullptr;
  shard_impl* shard = nullptr;
  capacity_limiter* limiter = nullptr;
  parked* waiter = nullptr;
  bool abandon = false;
  bool interrupted = false;

  /// On the shard, once.
  void ended() {
    --shard->expected_io;
    limiter->release_on_behalf_of(job.get());
    if (parked* w = std::exchange(waiter, nullptr)) w->wake();
  }
};

struct job_wait final : operation<job_wait, void> {
  job_wait(task_ctx& task,
           std::shared_ptr<job_run> r,
           capacity_limiter::token t,
           const char* what) noexcept
      : operation<job_wait, void>{task, what}, run{std::move(r)}, token{std::move(t)} {}
  job_wait(job_wait&&) noexcept = default;
  ~job_wait() {
    if (run && run->waiter == this) run->waiter = nullptr;
  }

  void on_wait() override {
    run->waiter = this;
    if (!run->abandon) {
      run->job->host = &task();
      run->job->host_mail = task().shard().mail();
    }
    run->job->done = [r = run, mail = run->shard->mail()] {
      post_surely(*mail, [r] { r->ended(); });
    };
    ++run->shard->expected_io;
    try {
      run->pool->submit(run->job);
    } catch (...) {
      --run->shard->expected_io;
      run->job->done = {};  // it keeps us
      run->waiter = nullptr;
      throw;
    }
    // From here on it belongs to the job: it is given back when the thread has ended.
    token.detach();
  }

  bool on_cancel() noexcept override {
    blocking_job& job = *run->job;
    job.stop.store(true, std::memory_order_relaxed);
    if (run->pool->withdraw(job)) {
      job.done = {};
      run->waiter = nullptr;
      --run->shard->expected_io;
      run->limiter->release_on_behalf_of(&job);
      return true;
    }
    if (job.interrupt && !run->interrupted) {
      run->interrupted = true;
      try {
        job.interrupt();
      } catch (...) {  // it was a hint
      }
    }
    if (!run->abandon) return false;
    run->waiter = nullptr;
    return true;
  }

  std::shared_ptr<job_run> run;
  capacity_limiter::token token;  // of the wait until the job is submitted
};

}  // namespace

void thread_call::run(blocking_job& job, std::shared_ptr<thread_call> self) {
  if (!job.host) {
    throw std::logic_error{"comcp: run_on_shard() in work that may be abandoned"};
  }
  std::future<bool> result = done_.get_future();
  // The thread must not wait for what a dying shard drops.
  class start {
   public:
    start(std::shared_ptr<thread_call> call, task_ctx& host) noexcept
        : call_{std::move(call)}, host_{&host} {}
    start(start&&) noexcept = default;
    start& operator=(start&&) = delete;
    ~start() {
      if (call_) call_->task_abandoned();
    }
    void operator()() {
      // The host waits for the job, hence for us: it and its scope are alive.
      thread_call& call = *call_;
      call.self_ = std::move(call_);
      --host_->shard().expected_io;  // meanwhile the thread waits for us
      try {
        start_task(
            host_->shard(), *host_->scope(), call, [c = &call] { return c->body(); },
            "for blocking work");
      } catch (...) {
        call.task_done(*host_, std::current_exception());
      }
    }

   private:
    std::shared_ptr<thread_call> call_;
    task_ctx* host_;
  };
  job.host_mail->post(start{std::move(self), *job.host});
  if (!result.get()) throw cancelled{"the shard is gone"};
}

void thread_call::task_done(task_ctx& task, std::exception_ptr error) noexcept {
  ++task.shard().expected_io;
  const std::shared_ptr<thread_call> keep = std::move(self_);
  if (error) {
    done_.set_exception(std::move(error));
  } else {
    done_.set_value(true);
  }
}

void thread_call::task_abandoned() noexcept {
  const std::shared_ptr<thread_call> keep = std::move(self_);
  done_.set_value(false);
}

awaitable<void> run_job(std::shared_ptr<blocking_job> job, blocking_options options) {
  task_ctx& task = this_task();
  auto run = std::make_shared<job_run>();
  run->job = std::move(job);
  run->shard = &task.shard();
  run->pool = &task.shard().facade.pool();
  run->limiter = options.limiter() ? options.limiter() : &task.shard().blocking_limiter();
  run->abandon = options.abandons();
  capacity_limiter::token token = co_await run->limiter->acquire_on_behalf_of(run->job.get());
  co_await park(job_wait{task, run, std::move(token), options.name()});
  if (run->interrupted && run->job->error && task.scope()->effectively_cancelled()) {
    std::rethrow_exception(scope_tree::error_of(*task.scope()));
  }
}

}  // namespace detail
}  // namespace comcp
