#include "comcp/scope/detail/turn_end.hpp"

#include <boost/asio/post.hpp>
#include <exception>

#include "shard_impl.hpp"

namespace comcp::detail {

void turn_end::at_turn_end(shard& here) noexcept {
  here.impl().end_of_turn(*this);
}

loop_turn::loop_turn(shard_impl& shard) noexcept
    : shard_{shard.begin_loop_turn() ? &shard : nullptr} {}

loop_turn::~loop_turn() {
  if (!shard_) return;
  try {
    shard_->turn();
  } catch (
      ...) {  // of a handler that isn't ours: for whoever runs the loop, as if the loop had called it
    asio::post(shard_->context,
               [error = std::current_exception()] { std::rethrow_exception(error); });
  }
}

}  // namespace comcp::detail
