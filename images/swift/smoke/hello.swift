// Reads stdin, writes both streams, and chooses its own exit code, which is 7.
import Foundation

let text = String(decoding: FileHandle.standardInput.readDataToEndOfFile(), as: UTF8.self)
print("out: \(text.count) characters")
FileHandle.standardError.write(Data("err: a line on stderr\n".utf8))
exit(7)
