// CommonJS: a forked child with messages, a shell, and a child's exit code.
const { execFileSync, fork, spawnSync } = require("node:child_process");

if (process.send) {
  process.on("message", (number) => {
    process.send(number * 2);
    process.disconnect();
  });
} else {
  const child = fork(__filename);
  child.on("message", (answer) => console.log("answer", answer));
  child.on("exit", (code) => {
    console.log("child", code);
    console.log(execFileSync("tr", ["a-z", "A-Z"], { input: "piped", encoding: "utf8" }));
    console.log(spawnSync("sh", ["-c", "kill -9 $$"]).signal);
    process.exitCode = spawnSync("sh", ["-c", "exit 9"]).status;
  });
  child.send(21);
}
