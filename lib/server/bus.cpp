#include "comcp/server/bus.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

namespace comcp {
namespace {

class local_bus final : public bus, public std::enable_shared_from_this<local_bus> {
 public:
  // Listeners are called under the lock: whoever has released its handle is not called any more.
  void publish(const change_event& event) noexcept override {
    const std::lock_guard held(mutex_);
    for (const listener* heard : listeners_)
      (*heard)(event);
  }

  std::shared_ptr<void> subscribe(listener heard) override {
    class handle {
     public:
      handle(std::shared_ptr<local_bus> to, listener f)
          : bus_(std::move(to)), heard_(std::move(f)) {
        const std::lock_guard held(bus_->mutex_);
        bus_->listeners_.push_back(&heard_);
      }
      ~handle() {
        const std::lock_guard held(bus_->mutex_);
        std::erase(bus_->listeners_, &heard_);
      }
      handle(const handle&) = delete;
      handle& operator=(const handle&) = delete;

     private:
      std::shared_ptr<local_bus> bus_;
      listener heard_;
    };
    return std::make_shared<handle>(shared_from_this(), std::move(heard));
  }

 private:
  std::mutex mutex_;
  std::vector<const listener*> listeners_;
};

}  // namespace

std::shared_ptr<bus> make_local_bus() {
  return std::make_shared<local_bus>();
}

}  // namespace comcp
