// A file that is not there is an error, which is caught.
import Foundation

do {
  print(try String(contentsOfFile: "there-is-no-such-file", encoding: .utf8))
} catch let error as CocoaError {
  print("cocoa error: \(error.code == .fileReadNoSuchFile ? "no such file" : "another")")
  exit(1)
}
