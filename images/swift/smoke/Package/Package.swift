// swift-tools-version: 5.9
// A package of a library and a program. Greets who is named by its argument.
import PackageDescription

let package = Package(
  name: "hello",
  targets: [.target(name: "Greeting"), .executableTarget(name: "hello", dependencies: ["Greeting"])]
)
