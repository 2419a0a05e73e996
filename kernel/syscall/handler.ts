import type { Readable } from "node:stream";
import type { SyscallName, syscalls, SyscallRequest, SyscallResponse } from "../abi/index.ts";
import type { SessionRecord } from "./sessions.ts";

/** What a syscall's handler is given and what it returns, by the syscall's shape. */

/** A reply that is a stream, with headers of its own. */
export interface StreamReply {
  stream: Readable;
  headers?: Readonly<Record<string, string>>;
  /** The stream says by itself that the session has ended, and ends; others are cut. */
  endsWithSession?: boolean;
}

type Shape = typeof syscalls;

export interface CallContext<N extends SyscallName> {
  request: SyscallRequest<N>;
  /** The session that asks; only for syscalls that are `by: "session"`. */
  session: Shape[N]["by"] extends "session" ? SessionRecord : undefined;
  /** The request's body; only for syscalls with `body: "stream"`. */
  body: Shape[N]["body"] extends "stream" ? Readable : undefined;
  /** Aborted when the caller goes away or its session ends. */
  signal: AbortSignal;
}

export type Handler<N extends SyscallName> = (
  context: CallContext<N>,
) => Promise<Shape[N]["reply"] extends "stream" ? StreamReply : SyscallResponse<N>>;

export type Handlers<N extends SyscallName = SyscallName> = { [K in N]: Handler<K> };
