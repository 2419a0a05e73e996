// Reads stdin, writes both streams, and chooses its own exit code, 7.
let characters = 0;
process.stdin.setEncoding("utf8");
for await (const text of process.stdin) characters += text.length;
console.log(`out: ${characters} characters`);
console.error("err: a line on stderr");
process.exitCode = 7;
