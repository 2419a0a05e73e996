// More than two megabytes in short lines, from a typed generator through a pipeline.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

function* lines(count: number): Generator<string, void, undefined> {
  for (let number = 0; number < count; number++) yield `${String(number).padStart(7, "0")} ${number ** 2}\n`;
}
await pipeline(Readable.from(lines(150_000)), process.stdout);
