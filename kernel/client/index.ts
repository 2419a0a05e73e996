/** The client side of the kernel's Unix sockets, and what every process that the kernel starts has in common. */
export { dropPrivileges, privilegesSchema } from "./drop-privileges.ts";
export type { Flow } from "./flow.ts";
export {
  KernelClient,
  type CallName,
  type KernelReply,
  type StreamInName,
  type StreamOutName,
} from "./kernel-client.ts";
export { createLog, type Log } from "./log.ts";
export { isNoSuchSession } from "./no-such-session.ts";
export { onParentGone } from "./parent-pipe.ts";
export { Pipelining } from "./pipelining.ts";
