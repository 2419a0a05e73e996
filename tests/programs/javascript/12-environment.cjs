// The environment of the box, and one for a child alone.
const { execFileSync } = require("node:child_process");

console.log(process.env.PATH, process.env.LANG, "SHELL" in process.env);
const env = { ...process.env, GREETING: "hello  there" };
process.stdout.write(execFileSync("sh", ["-c", 'echo "$GREETING"'], { env }));
console.log(process.env.GREETING);
