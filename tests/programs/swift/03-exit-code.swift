// Ends with an exit code of its own.
import Foundation

print("first words")
exit(42)
