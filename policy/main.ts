import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { parseAtDoor } from "../kernel/abi/index.ts";
import { createLog, dropPrivileges, KernelClient, onParentGone, privilegesSchema } from "../kernel/client/index.ts";
import { Accounts } from "./accounts/accounts.ts";
import { allowedImagesSchema } from "./accounts/allowed-images.ts";
import { privateTargetsSchema } from "./accounts/private-targets.ts";
import { attend } from "./attend.ts";

/**
 * The policy process: wiring, no logic.
 *
 * Started by the kernel, it answers the kernel's questions and ends with it. It holds no Docker socket and, where the
 * kernel names a user for it, no root.
 */

const environmentSchema = z.object({
  SUPEROS_KERNEL_SOCKET: z.string().min(1),
  SUPEROS_STATE: z.string().min(1),
  SUPEROS_ALLOWED_IMAGES: z.string().default("").pipe(allowedImagesSchema),
  SUPEROS_NET_PRIVATE: z.string().default("").pipe(privateTargetsSchema),
});

const log = createLog("policy");
const environment = parseAtDoor(environmentSchema, process.env, "environment");
// Opened first: below a home that only root can enter, the file stays usable through its open descriptor.
const accounts = new Accounts(join(environment.SUPEROS_STATE, "policy.db"), {
  machine: { cores: cpus().length, memoryBytes: totalmem() },
  privateTargets: environment.SUPEROS_NET_PRIVATE,
  allowedImages: environment.SUPEROS_ALLOWED_IMAGES,
});
dropPrivileges(parseAtDoor(privilegesSchema, process.env, "environment"));

const stopping = new AbortController();
onParentGone(() => stopping.abort());
process.on("SIGTERM", () => stopping.abort());

const client = new KernelClient({ socketPath: environment.SUPEROS_KERNEL_SOCKET });
await attend({ client, policy: { accounts }, log, signal: stopping.signal });

accounts.close();
log("info", "stopped");
process.exit(0);
