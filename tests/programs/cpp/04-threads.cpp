// Eight threads add to one sum under a lock, and to another without one because it is atomic.
#include <atomic>
#include <iostream>
#include <mutex>
#include <thread>
#include <vector>

int main() {
  std::mutex lock;
  long guarded = 0;
  std::atomic<long> free{0};
  std::vector<std::thread> threads;
  for (int number = 0; number < 8; number++) {
    threads.emplace_back([&, number] {
      for (int at = 0; at < 100000; at++) {
        free += number;
        std::scoped_lock hold(lock);
        guarded += number;
      }
    });
  }
  for (auto &thread : threads) thread.join();
  std::cout << guarded << ' ' << free << '\n';
}
