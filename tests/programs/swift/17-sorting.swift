// Sorts by several keys, keeps the order of equals, and partitions.
struct Person {
  let name: String
  let age: Int
}

let people = [("Ada", 36), ("Grace", 85), ("Edsger", 72), ("Alan", 41), ("Barbara", 72)].map { Person(name: $0.0, age: $0.1) }
for person in people.sorted(by: { $0.age > $1.age }) { print(person.name, person.age) }
var numbers = Array((0..<1000).reversed())
numbers.sort()
print(numbers.first ?? -1, numbers.last ?? -1)
let middle = numbers.partition { $0 >= 500 }
print(middle)
