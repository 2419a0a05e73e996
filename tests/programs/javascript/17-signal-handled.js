// Signals that are handled: from itself, and from a child.
import { spawn } from "node:child_process";
import { once } from "node:events";

const heard = [];
// Waiting for signals alone keeps no program going.
const alive = setInterval(() => {}, 1000);
for (const name of ["SIGUSR2", "SIGHUP"]) process.on(name, (signal) => heard.push(signal));
process.kill(process.pid, "SIGUSR2");
await once(process, "SIGUSR2");
spawn("sh", ["-c", `kill -HUP ${process.pid}`]);
await once(process, "SIGHUP");
clearInterval(alive);
console.log(heard.join());
process.exit(3);
