import {
  type AllowEntry,
  type Capability,
  Fault,
  formatCapability,
  isAddress,
  parseCapability,
  type SlotId,
} from "../kernel/abi/index.ts";
import { covers } from "../kernel/capability/covers.ts";
import type { Target } from "./target.ts";

/**
 * What a process may connect to, and by which of its slots.
 *
 * Two questions, both of which must be answered with a slot: may it speak to this host and port, and, where the
 * address is special, does its table name that very address too. Nothing is allowed that no entry covers. Pure.
 */

export interface Grant {
  slot: SlotId;
  capability: Capability;
}

export type AllowList = readonly Grant[];

/** An address that a target stands for, and what is special about it. */
export interface Address {
  text: string;
  special: string | undefined;
}

/** A connection's way out: what was asked for, and the address that it came to. */
export interface Route {
  target: Target;
  address: Address;
}

/** Faults: `invalid` for an entry that is no capability. */
export function parseAllowList(entries: readonly AllowEntry[]): AllowList {
  return entries.map(({ slot, capability }) => ({ slot, capability: parseCapability(capability) }));
}

const wanted = (target: Target): Capability => ({ kind: "NET_CONNECT", target });

function slotFor(list: AllowList, target: Target): SlotId | undefined {
  return list.find((grant) => covers(grant.capability, wanted(target)))?.slot;
}

/** The slot by which a process may speak to a target. Faults: `denied`, naming the missing capability. */
export function requireTarget(list: AllowList, target: Target): SlotId {
  const slot = slotFor(list, target);
  if (slot !== undefined) return slot;
  const missing = formatCapability(wanted(target));
  throw new Fault("denied", `this process has no ${missing}`, {
    missing,
    hint: `Start it with ${missing} in its table, or grant it: superos grant PID ${missing}`,
  });
}

/** The slots that a route depends on. Faults: `denied`, naming the missing capability. */
export function requireRoute(list: AllowList, route: Route): readonly SlotId[] {
  const { target, address } = route;
  const byName = requireTarget(list, target);
  if (address.special === undefined) return [byName];
  const itself = { host: address.text, port: target.port };
  const byAddress = isAddress(address.text) ? slotFor(list, itself) : undefined;
  if (byAddress !== undefined) return byAddress === byName ? [byName] : [byName, byAddress];
  const missing = formatCapability(wanted(isAddress(address.text) ? itself : target));
  throw new Fault("denied", `${target.host} is ${address.text}, a special address (${address.special})`, {
    missing,
    hint: isAddress(address.text)
      ? `A table must name such an address itself: ${missing}`
      : "No capability names such an IPv6 address; name the host's IPv4 address.",
  });
}
