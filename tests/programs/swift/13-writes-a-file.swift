// Writes a file in the project, appends to it, and reads it back.
import Foundation

let notes = URL(fileURLWithPath: "13-notes.txt")
try "first\nsecond\n".write(to: notes, atomically: true, encoding: .utf8)
let handle = try FileHandle(forWritingTo: notes)
try handle.seekToEnd()
try handle.write(contentsOf: Data("third\n".utf8))
try handle.close()
let lines = try String(contentsOf: notes, encoding: .utf8).split(separator: "\n")
for (at, line) in lines.enumerated() { print("\(at + 1): \(line)") }
