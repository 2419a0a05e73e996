// Arguments arrive as they were given: spaces, quotes, empty ones.
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

const options = {
  times: { type: "string", default: "1" },
  shout: { type: "boolean", default: false },
} as const satisfies ParseArgsOptionsConfig;

const { values, positionals } = parseArgs({ options, allowPositionals: true });
const shown: string[] = positionals.map((word) => (values.shout ? word.toUpperCase() : word));
for (const word of shown) console.log(JSON.stringify(word));
console.log("!".repeat(Number(values.times)));
