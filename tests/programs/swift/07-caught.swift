// Errors that are caught, by type and by value, and what is deferred.
enum Wrong: Error, Equatable {
  case number(String)
  case empty
}

func number(_ text: String) throws(Wrong) -> Int {
  defer { print("looked at \(text)") }
  if text.isEmpty { throw .empty }
  guard let number = Int(text) else { throw .number(text) }
  return number
}

for text in [readLine() ?? "", readLine() ?? "", ""] {
  do {
    print(try number(text))
  } catch .empty {
    print("nothing there")
  } catch {
    print("caught \(error)")
  }
}
