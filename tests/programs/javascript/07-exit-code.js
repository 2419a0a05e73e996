// The exit code is the program's own; what is registered for the end still happens.
process.on("exit", () => console.error("cleaning up"));
console.log("leaving");
process.exitCode = 42;
