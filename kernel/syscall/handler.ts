import type { Readable } from "node:stream";
import type { Pid, SyscallName, syscalls, SyscallRequest, SyscallResponse } from "../abi/index.ts";
import type { Principal, ProcessRecord, SessionRecord } from "./principal.ts";

/** What a syscall's handler is given and what it returns, by the syscall's shape. */

/** A reply that is a stream, with headers of its own. */
export type StreamReply = ({ stream: Readable } | { pour: Pour }) & {
  headers?: Readonly<Record<string, string>>;
  /** The process that the call has made. */
  pid?: Pid;
  /** The stream says by itself that the session has ended, and ends; others are cut. */
  endsWithSession?: boolean;
};

/** Writes a reply piece by piece. Each write resolves once the piece is of no more use, so that its memory can go round. */
export type Pour = (write: (data: Uint8Array) => Promise<void>) => Promise<void>;

interface Callers {
  session: SessionRecord;
  process: ProcessRecord;
  principal: Principal;
  gateway: undefined;
  policy: undefined;
}
type CallerOf<B extends keyof Callers> = Callers[B];

type Shape = typeof syscalls;

export interface CallContext<N extends SyscallName> {
  request: SyscallRequest<N>;
  /** In whose name it is asked; nobody's for what the services ask for themselves. */
  caller: CallerOf<Shape[N]["by"]>;
  /** The request's body; only for syscalls with `body: "stream"`. */
  body: Shape[N]["body"] extends "stream" ? Readable : undefined;
  /** Aborted when the caller goes away, its session ends, or it has its answer. */
  signal: AbortSignal;
}

/** Why a call's signal is aborted once its answer has left. */
export const answered: unique symbol = Symbol("answered");

/** Calls `act` when the answer of a call does not get to whoever asked. */
export function unlessAnswered(signal: AbortSignal, act: () => void): void {
  const over = (): void => {
    if (signal.reason !== answered) act();
  };
  if (signal.aborted) over();
  else signal.addEventListener("abort", over, { once: true });
}

export type Handler<N extends SyscallName> = (
  context: CallContext<N>,
) => Promise<Shape[N]["reply"] extends "stream" ? StreamReply : SyscallResponse<N>>;

export type Handlers<N extends SyscallName = SyscallName> = { [K in N]: Handler<K> };
