// Decodes JSON from stdin into structures, and encodes it again with sorted keys.
import Foundation

struct Person: Codable {
  let name: String
  let born: Int
  let rank: String?
}

let people = try JSONDecoder().decode([Person].self, from: FileHandle.standardInput.readDataToEndOfFile())
for person in people { print(person.name, person.born, person.rank ?? "no rank") }
let encoder = JSONEncoder()
encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
print(String(decoding: try encoder.encode(people.last), as: UTF8.self))
