// Structured concurrency: an actor, a group of tasks, cancellation, and a stream.
actor Account {
  private(set) var balance = 0
  func deposit(_ amount: Int) { balance += amount }
}

func numbers(upTo last: Int) -> AsyncStream<Int> {
  AsyncStream { continuation in
    for number in 1...last { continuation.yield(number) }
    continuation.finish()
  }
}

let account = Account()
await withTaskGroup(of: Void.self) { group in
  for amount in 1...100 { group.addTask { await account.deposit(amount) } }
}
print(await account.balance)

var sum = 0
for await number in numbers(upTo: 10) { sum += number }
print(sum)

let sleeper = Task { () -> String in
  do {
    try await Task.sleep(for: .seconds(60))
    return "slept"
  } catch {
    return "cancelled"
  }
}
sleeper.cancel()
print(await sleeper.value)
