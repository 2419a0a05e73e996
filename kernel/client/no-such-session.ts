import { Fault } from "../abi/index.ts";

/** Whether a fault says that the session named by the request does not exist (any more), rather than lacks a right. */
export function isNoSuchSession(thrown: unknown): thrown is Fault {
  return thrown instanceof Fault && thrown.code === "denied" && thrown.message === "no such session";
}
