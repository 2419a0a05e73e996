import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { pidSchema } from "../abi/index.ts";
import { Spooler } from "./spooler.ts";

/**
 * A kernel for tests, to be killed: it has the output of one process kept, says so, and stays. With `lossless` it has a
 * reader that takes nothing.
 */

const order = z
  .object({
    place: z.record(z.string(), z.string()),
    dir: z.string(),
    pid: pidSchema,
    limitBytes: z.number(),
    lossless: z.boolean(),
  })
  .parse(JSON.parse(process.argv[2] ?? ""));
const { instance = "", runDir = "", spoolDir = "", logDir = "" } = order.place;
const spooler = await Spooler.start({ instance, runDir, spoolDir, logDir, log: () => undefined });
await spooler.attach(order.pid, order.dir, ["stdin", "stdout", "stderr"]);
const view = spooler.begin(order.pid, { limitBytes: order.limitBytes, lossless: order.lossless });
if (order.lossless) view.hold({}, 0);
// What it said of the process has been heard by then.
await sleep(200);
process.stdout.write("ready\n");
setInterval(() => undefined, 1000);
