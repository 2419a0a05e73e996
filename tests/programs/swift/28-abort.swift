// Ends by abort.
import Foundation

print("before")
fflush(stdout)
abort()
