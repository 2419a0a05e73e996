// Sees the image's environment, and gives a child process one of its own.
import Foundation

print("LANG is", ProcessInfo.processInfo.environment["LANG"] ?? "not set")
let child = Process()
child.executableURL = URL(fileURLWithPath: "/bin/sh")
child.arguments = ["-c", "printf %s \"$GREETING\"; exit 3"]
child.environment = ["GREETING": "hello"]
let pipe = Pipe()
child.standardOutput = pipe
try child.run()
let said = pipe.fileHandleForReading.readDataToEndOfFile()
child.waitUntilExit()
print(String(decoding: said, as: UTF8.self), child.terminationStatus)
print(FileManager.default.currentDirectoryPath)
