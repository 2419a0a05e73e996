// Characters, scalars and bytes of each line, its reversal and its capitals.
while let line = readLine() {
  print("\(line.utf8.count) bytes, \(line.unicodeScalars.count) scalars, \(line.count) characters:", String(line.reversed()), line.uppercased())
}
