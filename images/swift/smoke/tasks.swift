// Tasks, actors and Dispatch work inside the box. Prints `ok` and exits 0.
import Dispatch

actor Sum {
  private(set) var value = 0
  func add(_ number: Int) { value += number }
}

@main
struct Tasks {
  static func main() async {
    let sum = Sum()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<8 { group.addTask { await sum.add(number * number) } }
    }
    let total = await sum.value
    precondition(total == 140)

    let group = DispatchGroup()
    DispatchQueue.global().async(group: group) { print("ok") }
    group.wait()
  }
}
