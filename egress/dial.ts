import { once } from "node:events";
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
  const deadline = AbortSignal.timeout(ports.timeoutMs);
  const stop = AbortSignal.any([signal, deadline]);
  let failure: unknown;
  for (const [index, address] of addresses.entries()) {
    const isLast = index === addresses.length - 1;
    const socket = ports.connect(address.text, target.port);
    // Whoever takes the socket over listens for its errors; between here and there none may be without a listener.
    socket.on("error", () => undefined);
    try {
      await once(socket, "connect", {
        signal: isLast ? stop : AbortSignal.any([stop, AbortSignal.timeout(attemptMs)]),
      });
      return { socket, address };
    } catch (error) {
      socket.destroy();
      failure = error;
    }
    if (stop.aborted) break;
  }
  const where = `${target.host}:${target.port}`;
  if (signal.aborted) throw new Fault("unavailable", "the connection was ended", { cause: failure });
  const slow =
    deadline.aborted || (failure instanceof Error && failure.name === "AbortError") || codeOf(failure) === "ETIMEDOUT";
  if (slow) throw new Fault("timed_out", `${where} did not answer in time`, { hint: "Try again.", cause: failure });
  const code = codeOf(failure) ?? "no connection";
  throw new Fault("unavailable", `${where} cannot be reached: ${code}`, {
    hint: "Does it serve there?",
    cause: failure,
  });
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
