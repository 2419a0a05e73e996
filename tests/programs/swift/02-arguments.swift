// Prints its arguments, each quoted, with how many bytes and characters it has.
for argument in CommandLine.arguments.dropFirst() {
  print("\(argument.debugDescription) \(argument.utf8.count) \(argument.count)")
}
