// A program with @main, which throws nothing and prints the sum of its arguments.
@main
struct Program {
  static func main() {
    let numbers = CommandLine.arguments.dropFirst().compactMap(Int.init)
    print(numbers.reduce(0, +))
  }
}
