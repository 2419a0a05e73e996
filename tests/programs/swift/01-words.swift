// Counts words of stdin, and prints them by count and then by name.
var counts: [String: Int] = [:]
while let line = readLine() {
  for word in line.split(separator: " ") { counts[String(word), default: 0] += 1 }
}
for (word, count) in counts.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) { print(count, word) }
