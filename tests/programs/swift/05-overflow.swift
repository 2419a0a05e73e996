// Adds past the largest number of its type, which is checked.
import Foundation

let largest = Int8(clamping: 127 + Int(CommandLine.argc))
print("adding to \(largest), wrapping: \(largest &+ 1)")
fflush(stdout)
let sum = largest + 1
print("not reached: \(sum)")
