import { lookup } from "node:dns/promises";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import type { z } from "zod";
import { parseAtDoor, type serviceReadySchema } from "../kernel/abi/index.ts";
import { createLog, dropPrivileges, onParentGone, privilegesSchema } from "../kernel/client/index.ts";
import { Egress } from "./egress.ts";

/**
 * The egress process: wiring, no logic.
 *
 * Started by the kernel with a channel over which it gets descriptors and allow-lists, it ends with it. It holds no
 * socket of the kernel, no file and no engine; where the kernel names a user for it, no root.
 */

const log = createLog("egress");
dropPrivileges(parseAtDoor(privilegesSchema, process.env, "environment"));

const egress = new Egress({
  log,
  now: Date.now,
  resolve: async (host) => (await lookup(host, { all: true, order: "verbatim" })).map(({ address }) => address),
  connect: (address, port) => connect({ host: address, port, allowHalfOpen: true, noDelay: true, keepAlive: true }),
  ownAddresses: () =>
    new Set(Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map(({ address }) => address))),
});

const stop = (): void => {
  egress.close();
  log("info", "stopped");
  process.exit(0);
};
onParentGone(stop);
process.on("disconnect", stop);
process.on("SIGTERM", stop);
process.on("message", (message, handle) => egress.receive(message, handle));

const ready: z.infer<typeof serviceReadySchema> = { type: "ready" };
process.send?.(ready);
