// A hundred kilobytes on stdin, read to the end and hashed.
import { createHash } from "node:crypto";
import { buffer } from "node:stream/consumers";

const data = await buffer(process.stdin);
const numbers = data.toString().trim().split("\n").map(Number);
console.log(
  data.length,
  numbers.length,
  numbers.reduce((a, b) => a + b),
);
console.log(createHash("sha256").update(data).digest("hex"));
