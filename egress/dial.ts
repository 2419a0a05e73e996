import type { Socket } from "node:net";
import { Fault, isAddress, type Pid, type SlotId } from "../kernel/abi/index.ts";
import { canonicalAddress, specialKind } from "./address.ts";
import { type AllowList, requireRoute, requireTarget, type Address, type Route } from "./allow-list.ts";
import type { NameLookup } from "./name-lookup.ts";
import type { Target } from "./target.ts";

/**
 * Connects to a target that a process may speak to.
 *
 * A name is resolved once; every address it has is checked, and the connection goes to a checked address, never to the
 * name again, so that a name server which answers differently the second time gains nothing. One forbidden address
 * refuses the whole name. The allow-list is asked again at the end: what was revoked meanwhile is not connected.
 */

/** How long one address may take while there is another to try. */
const attemptMs = 3000;

/** Begins to connect to an address; the socket keeps its other half open when one ends. */
export type Connect = (address: string, port: number) => Socket;

export interface DialPorts {
  names: NameLookup;
  connect: Connect;
  /** The addresses of this machine's own interfaces: what listens there is the host's, whatever its range. */
  ownAddresses: () => ReadonlySet<string>;
  /** How long connecting may take in all. */
  timeoutMs: number;
}

export interface DialRequest {
  pid: Pid;
  target: Target;
  /** The process's allow-list as it is at the moment of asking. */
  list: () => AllowList;
  signal: AbortSignal;
}

export interface Dialled {
  socket: Socket;
  route: Route;
  slots: readonly SlotId[];
}

/** Faults: `denied`, naming the missing capability; `unavailable`; `timed_out`. */
export async function dial(ports: DialPorts, request: DialRequest): Promise<Dialled> {
  const { pid, target, list, signal } = request;
  requireTarget(list(), target);
  const found = isAddress(target.host) ? [target.host] : await ports.names.addressesOf(pid, target.host, signal);
  const addresses = [...new Set(found.map((text) => canonicalAddress(text) ?? text))].map((text): Address => ({
    text,
    special: specialKind(text) ?? ownKind(ports, text),
  }));
  for (const address of addresses) requireRoute(list(), { target, address });
  const { socket, address } = await connectFirst(ports, { target, addresses, signal });
  try {
    const route = { target, address };
    return { socket, route, slots: requireRoute(list(), route) };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

function ownKind(ports: DialPorts, address: string): string | undefined {
  return ports.ownAddresses().has(address) ? "this machine's own" : undefined;
}

interface Attempts {
  target: Target;
  addresses: readonly Address[];
  signal: AbortSignal;
}

async function connectFirst(ports: DialPorts, attempts: Attempts): Promise<{ socket: Socket; address: Address }> {
  const { target, addresses, signal } = attempts;
  const patience = new Patience(ports.timeoutMs, signal);
  let failure: Ending = "late";
  try {
    for (const [index, address] of addresses.entries()) {
      if (patience.over) break;
      const socket = ports.connect(address.text, target.port);
      failure = await patience.endOf(socket, index < addresses.length - 1 ? attemptMs : undefined);
      if (failure === "connected") return { socket, address };
      socket.destroy();
    }
  } finally {
    patience[Symbol.dispose]();
  }
  const where = `${target.host}:${target.port}`;
  if (signal.aborted) throw new Fault("unavailable", "the connection was ended");
  const code = failure instanceof Error ? codeOf(failure) : undefined;
  if (patience.over || failure === "late" || code === "ETIMEDOUT")
    throw new Fault("timed_out", `${where} did not answer in time`, { hint: "Try again.", cause: failure });
  throw new Fault("unavailable", `${where} cannot be reached: ${code ?? "no connection"}`, {
    hint: "Does it serve there?",
    cause: failure,
  });
}

type Ending = "connected" | "late" | Error;

/**
 * How long connecting is waited for: as long as is left in all, an attempt's own time, and while somebody wants it.
 *
 * A timer and a listener that are taken back, not signals derived from one another: of those each connection would
 * leave some to the garbage collector.
 */
class Patience implements Disposable {
  readonly #signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #run = (): void => {
    this.#over = true;
    this.#giveUp?.();
  };
  #over = false;
  #giveUp: (() => void) | undefined;

  constructor(timeoutMs: number, signal: AbortSignal) {
    this.#signal = signal;
    this.#timer = setTimeout(this.#run, timeoutMs);
    signal.addEventListener("abort", this.#run);
    if (signal.aborted) this.#run();
  }

  /** Whether there is none left for a further attempt. */
  get over(): boolean {
    return this.#over;
  }

  async endOf(socket: Socket, ownMs: number | undefined): Promise<Ending> {
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.#giveUp = () => resolve("late");
    const timer = ownMs === undefined ? undefined : setTimeout(this.#giveUp, ownMs);
    // Whoever takes the socket over listens for its errors; between here and there none may be without a listener.
    socket.on("error", resolve).once("connect", () => resolve("connected"));
    const ending = await promise;
    clearTimeout(timer);
    return ending;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#run);
  }
}

const codeOf = (error: Error): string | undefined =>
  "code" in error && typeof error.code === "string" ? error.code : undefined;
