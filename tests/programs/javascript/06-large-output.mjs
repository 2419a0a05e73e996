// More than two megabytes in short lines, written as fast as they are taken.
import { once } from "node:events";

for (let number = 0; number < 150_000; number++) {
  const taken = process.stdout.write(`${String(number).padStart(7, "0")} ${number * number}\n`);
  if (!taken) await once(process.stdout, "drain");
}
