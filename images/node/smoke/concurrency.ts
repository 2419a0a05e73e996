// Worker threads, a child process, a loopback socket and shared memory work inside the box. Prints `ok` and exits 0.
import { strictEqual } from "node:assert";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { Worker } from "node:worker_threads";

enum Amount {
  Workers = 3,
  Steps = 1000,
}

const counter = new Int32Array(new SharedArrayBuffer(4));
const code = `
  const { workerData } = require("node:worker_threads");
  for (let step = 0; step < ${Amount.Steps}; step++) Atomics.add(workerData, 0, 1);
`;
const workers = Array.from({ length: Amount.Workers }, () => new Worker(code, { eval: true, workerData: counter }));
await Promise.all(workers.map((worker) => once(worker, "exit")));
strictEqual(Atomics.load(counter, 0), Amount.Workers * Amount.Steps);

strictEqual(execFileSync("sh", ["-c", "read -r line; echo got $line"], { input: "this\n" }).toString(), "got this\n");

const server = createServer((socket) => socket.end("from the server")).listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
if (address === null || typeof address === "string") throw new Error("no port");
strictEqual(await text(connect(address.port, "127.0.0.1")), "from the server");
server.close();
console.log("ok");
