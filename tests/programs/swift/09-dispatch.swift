// Dispatch runs work concurrently, and a group waits for all of it.
import Dispatch
import Foundation

let results = UnsafeMutableBufferPointer<Int>.allocate(capacity: 100)
nonisolated(unsafe) let shared = results
DispatchQueue.concurrentPerform(iterations: 100) { shared[$0] = $0 * $0 }
print(results.reduce(0, +))

let queue = DispatchQueue(label: "one after the other")
let group = DispatchGroup()
for step in 1...3 { queue.async(group: group) { print("step \(step)") } }
group.wait()
results.deallocate()
