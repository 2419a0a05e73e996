// Signals that are handled: from itself, and from a child.
import { spawn } from "node:child_process";

const wanted = ["SIGUSR2", "SIGHUP"] as const satisfies readonly NodeJS.Signals[];
type Wanted = (typeof wanted)[number];

const heard = (name: Wanted): Promise<Wanted> => new Promise((resolve) => process.once(name, () => resolve(name)));
const both = Promise.all(wanted.map(heard));
process.kill(process.pid, "SIGUSR2");
spawn("sh", ["-c", `kill -HUP ${process.pid}`]);
const alive = setInterval(() => undefined, 1000);
console.log((await both).join());
clearInterval(alive);
process.exit(3);
