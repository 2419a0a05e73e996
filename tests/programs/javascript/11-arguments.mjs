// Arguments arrive as they were given: spaces, quotes, empty ones.
import { parseArgs } from "node:util";

const options = { times: { type: "string", default: "1" }, shout: { type: "boolean" } };
const { values, positionals } = parseArgs({ options, allowPositionals: true });
for (const word of positionals) console.log(JSON.stringify(values.shout ? word.toUpperCase() : word));
console.log("!".repeat(Number(values.times)));
