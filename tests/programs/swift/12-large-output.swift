// Writes two million bytes in lines of a hundred.
for line in 0..<20_000 {
  let start = "line \(line) "
  let rest = (start.utf8.count..<99).map { UInt8(ascii: "a") + UInt8((line + $0) % 26) }
  print(start + String(decoding: rest, as: UTF8.self))
}
