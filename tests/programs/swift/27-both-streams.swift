// Writes both streams in turn and ends with 5.
import Foundation

for count in 1...3 {
  print("out \(count)")
  FileHandle.standardError.write(Data("err \(count)\n".utf8))
}
exit(5)
