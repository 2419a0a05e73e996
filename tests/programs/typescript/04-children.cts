// CommonJS in TypeScript: a forked child with messages, a shell, and a child's exit code.
import childProcess = require("node:child_process");

const double = (value: unknown): number => (typeof value === "number" ? value * 2 : NaN);

if (process.send === undefined) {
  const child = childProcess.fork(__filename);
  child.on("message", (answer: unknown) => console.log("answer", answer));
  child.on("exit", (code: number) => {
    console.log("child", code);
    console.log(childProcess.execFileSync("tr", ["a-z", "A-Z"], { input: "piped", encoding: "utf8" }));
    process.exitCode = childProcess.spawnSync("sh", ["-c", "exit 9"]).status ?? 1;
  });
  child.send(21);
} else {
  process.on("message", (value: unknown) => {
    process.send?.(double(value), () => process.exit(0));
  });
}
