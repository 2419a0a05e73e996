import Greeting

print(greet(CommandLine.arguments.dropFirst().first ?? "nobody"))
