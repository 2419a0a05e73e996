// Four worker threads count in memory that they share, and each sends back what it did.
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

if (isMainThread) {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const workers = [1, 2, 3, 4].map((name) => new Worker(new URL(import.meta.url), { workerData: { name, shared } }));
  const reports = await Promise.all(workers.map(async (worker) => (await once(worker, "message"))[0]));
  console.log(reports.toSorted().join(" "), shared[0]);
} else {
  for (let step = 0; step < 1000; step++) Atomics.add(workerData.shared, 0, workerData.name);
  parentPort.postMessage(`worker${workerData.name}`);
}
