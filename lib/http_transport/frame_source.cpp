#include "http_transport/frame_source.hpp"

#include <optional>
#include <utility>

#include "comcp/scope/run_on.hpp"
#include "comcp/scope/with_scope.hpp"

namespace comcp::detail {

namespace {

/// Fetched at a time: enough for one write, little enough to keep the queue's bound meaningful.
constexpr std::size_t batch_bytes = std::size_t{64} * 1024;

awaitable<pulled> just(pulled p) {
  co_return p;
}

}  // namespace

awaitable<pulled> pull(std::shared_ptr<outbox> box, duration limit) {
  pulled result;
  std::optional<frame> next = box->try_next();
  if (!next && !box->closed()) {
    if (limit > duration::zero()) {
      auto waited = co_await move_on_after(limit, [&box] { return box->next(); });
      if (!waited) co_return result;
      next = std::move(*waited);
    } else {
      next = co_await box->next();
    }
  }
  for (std::size_t bytes = 0; next; next = box->try_next()) {
    bytes += next->text.size();
    result.frames.push_back(std::move(*next));
    if (bytes >= batch_bytes) break;
  }
  result.ended = box->closed() && box->queued_count() == 0;
  co_return result;
}

frame_source::frame_source(std::shared_ptr<outbox> box, shard& home, std::function<void()> at_end)
    : box_(std::move(box)), home_(&home), at_end_(std::move(at_end)) {}

frame_source::~frame_source() {
  if (!box_) return;
  auto end = [box = std::move(box_), then = std::move(at_end_)] {
    box->close();
    if (then) then();
  };
  if (home_ == &this_shard())
    end();
  else
    home_->post(std::move(end));
}

awaitable<pulled> frame_source::next(duration limit) {
  if (first_) {
    auto ready = std::exchange(first_, nullptr);
    return just(std::move(*ready));
  }
  if (home_ == &this_shard()) return pull(box_, limit);
  auto fetch = [box = box_, limit] { return pull(box, limit); };
  return run_on(*home_, std::move(fetch), "frames of another shard");
}

}  // namespace comcp::detail
