// The exit code is the program's own, from an enum; what is registered for the end still happens.
enum Exit {
  Fine = 0,
  Answer = 42,
}
process.on("exit", (): void => console.error("cleaning up"));
console.log("leaving", Exit[Exit.Answer]);
process.exitCode = Exit.Answer;
