// A hundred kilobytes on stdin, in chunks of whatever size, hashed and added up as they come.
import { createHash, type Hash } from "node:crypto";

interface Seen {
  bytes: number;
  lines: number;
  sum: number;
  hash: Hash;
}
const seen: Seen = { bytes: 0, lines: 0, sum: 0, hash: createHash("sha256") };
let rest = "";
process.stdin.on("data", (chunk: Buffer) => {
  seen.bytes += chunk.length;
  seen.hash.update(chunk);
  const lines = (rest + chunk.toString("latin1")).split("\n");
  rest = lines.pop() ?? "";
  seen.lines += lines.length;
  seen.sum += lines.reduce((sum, line) => sum + Number(line), 0);
});
process.stdin.on("end", () => {
  console.log(seen.bytes, seen.lines, seen.sum);
  console.log(seen.hash.digest("hex"));
});
