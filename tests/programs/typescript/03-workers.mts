// Worker threads are TypeScript, too: four count in memory that they share, and each sends a typed message.
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

interface Task {
  name: number;
  shared: Int32Array<SharedArrayBuffer>;
}
interface Report {
  name: number;
  steps: number;
}

async function run(task: Task): Promise<Report> {
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  const [report]: Report[] = await once(worker, "message");
  if (report === undefined) throw new Error("no report");
  return report;
}

if (isMainThread) {
  const shared = new Int32Array(new SharedArrayBuffer(4));
  const reports = await Promise.all([1, 2, 3, 4].map((name) => run({ name, shared })));
  console.log(reports.map(({ name, steps }) => `${name}:${steps}`).join(" "), shared[0]);
} else {
  const { name, shared }: Task = workerData;
  for (let step = 0; step < 1000; step++) Atomics.add(shared, 0, name);
  const report: Report = { name, steps: 1000 };
  parentPort?.postMessage(report);
}
