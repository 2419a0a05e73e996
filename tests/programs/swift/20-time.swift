// A calendar, a date's text, and a clock that never goes back.
import Foundation

var calendar = Calendar(identifier: .gregorian)
calendar.timeZone = TimeZone(secondsFromGMT: 0)!
let leap = calendar.date(from: DateComponents(year: 2024, month: 2, day: 29))!
print(ISO8601DateFormatter().string(from: leap))
print(calendar.component(.weekday, from: leap))
let next = calendar.date(byAdding: .year, value: 1, to: leap)!
print(ISO8601DateFormatter().string(from: next))
let begun = ContinuousClock.now
Thread.sleep(forTimeInterval: 0.02)
print(begun.duration(to: .now) >= .milliseconds(20) ? "slept" : "woke too early")
