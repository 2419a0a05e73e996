import { z } from "zod";

/** What every syscall says of itself: who may call it, what goes in, and what comes out. */

/**
 * Who may call: a `session` through the gateway's door, a `process` through its own socket, a `principal` (either of
 * the two), the `gateway` itself, or the `policy` process.
 */
export type Caller = "session" | "process" | "principal" | "gateway" | "policy";

export interface SyscallShape {
  by: Caller;
  request: z.ZodType;
  response: z.ZodType;
  body: "json" | "stream";
  reply: "json" | "stream";
}

/** A request or a response without content. */
export const none = z.strictObject({});

export function call<const B extends Caller, Q extends z.ZodType, R extends z.ZodType>(by: B, request: Q, response: R) {
  return { by, request, response, body: "json", reply: "json" } as const;
}
export function streamIn<const B extends Caller, Q extends z.ZodType, R extends z.ZodType>(
  by: B,
  request: Q,
  response: R,
) {
  return { by, request, response, body: "stream", reply: "json" } as const;
}
export function streamOut<const B extends Caller, Q extends z.ZodType>(by: B, request: Q) {
  return { by, request, response: none, body: "json", reply: "stream" } as const;
}
