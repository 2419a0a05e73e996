// An error that nobody catches.
import Foundation

enum Wrong: Error {
  case number(String)
}

func number(_ text: String) throws -> Int {
  guard let number = Int(text) else { throw Wrong.number(text) }
  return number
}

var sum = 0
while let line = readLine() {
  sum += try number(line)
  print(sum)
  fflush(stdout)
}
