// A dictionary with a key type of its own, grouping, and sets.
struct Point: Hashable {
  let x, y: Int
}

var grid: [Point: Int] = [:]
for x in 0..<200 { for y in 0..<200 { grid[Point(x: x, y: y)] = x ^ y } }
grid = grid.filter { $0.value.isMultiple(of: 2) }
print(grid.count, grid[Point(x: 10, y: 12)] ?? -1, grid[Point(x: 1, y: 2)] ?? -1)
let byLength = Dictionary(grouping: ["one", "two", "three", "four"], by: \.count)
for length in byLength.keys.sorted() { print(length, byLength[length]!.sorted()) }
print(Set(stride(from: 0, to: 20, by: 2)).intersection(stride(from: 0, to: 20, by: 3)).sorted())
