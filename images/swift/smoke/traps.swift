// Traps: an index past the end. The message is on stderr, and SIGILL or SIGTRAP ends the process.
let numbers = CommandLine.arguments.map(\.count)
print(numbers[numbers.count])
