// A generator made of a coroutine.
#include <coroutine>
#include <cstdint>
#include <iostream>

struct Generator {
  struct promise_type {
    uint64_t value = 0;
    Generator get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    std::suspend_always yield_value(uint64_t next) {
      value = next;
      return {};
    }
    void return_void() {}
    void unhandled_exception() { throw; }
  };
  std::coroutine_handle<promise_type> handle;
  ~Generator() { handle.destroy(); }
  uint64_t next() {
    handle.resume();
    return handle.promise().value;
  }
};

static Generator fibonacci() {
  for (uint64_t a = 0, b = 1;; b += a, a = b - a) co_yield a;
}

int main() {
  Generator numbers = fibonacci();
  for (int count = 0; count < 15; count++) std::cout << numbers.next() << (count < 14 ? " " : "\n");
}
