// A pipeline of streams: generated, transformed, compressed, unpacked, counted.
import { createReadStream, createWriteStream, statSync, unlinkSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";

function* numbers() {
  for (let number = 0; number < 100_000; number++) yield number;
}
async function* squares(source) {
  for await (const number of source) yield `${number * number}\n`;
}
await pipeline(Readable.from(numbers()), squares, createGzip(), createWriteStream("squares.txt.gz"));
writeFileSync("squares.txt.gz.size", statSync("squares.txt.gz").size < 500_000 ? "small\n" : "large\n");

let lines = 0;
let last = "";
const unpacked = createReadStream("squares.txt.gz").pipe(createGunzip());
for await (const line of createInterface({ input: unpacked })) {
  lines += 1;
  last = line;
}
unlinkSync("squares.txt.gz");
console.log(lines, last);
