// Regular expressions of the language, with captures that have types.
let line = #/(\d{4})-(\d{2})-(\d{2}) (\w+): (.*)/#
while let text = readLine() {
  if let match = text.wholeMatch(of: line), let year = Int(match.1) {
    print(year + 1, match.4.uppercased(), match.5)
  } else {
    print("no match:", text.replacing(#/\s+/#, with: "_"))
  }
}
