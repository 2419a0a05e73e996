// The start script of a project without packages. Prints its arguments, joined, and exits 0.
import { join } from "./join.ts";

console.log(join(process.argv.slice(2)));
