// Threads of Foundation share a counter under a lock.
import Foundation

final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var value = 0
  func add(_ number: Int) { lock.withLock { value += number } }
  var total: Int { lock.withLock { value } }
}

let counter = Counter()
let done = DispatchSemaphore(value: 0)
for number in 0..<8 {
  Thread.detachNewThread {
    for _ in 0..<10_000 { counter.add(number) }
    done.signal()
  }
}
for _ in 0..<8 { done.wait() }
print(counter.total)
