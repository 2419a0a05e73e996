// A fatal error: the message is on stderr, and a signal ends the process.
import Foundation

print("before")
fflush(stdout)
if CommandLine.argc > 0 {
  // The next line is the one that ends it.
  fatalError("nobody expects this")
}
