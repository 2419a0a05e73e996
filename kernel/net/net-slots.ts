import type { Slot } from "../capability/slot-table.ts";

/** The network's part of a process's slots, and the loopback ports that follow from it. */

export interface NetSlots {
  /** Ports that others may reach; `undefined` is any. */
  binds: { slot: Slot; port: number | undefined }[];
  /** Hosts that it may reach through the proxy. */
  hosts: Slot[];
  endpoints: { slot: Slot; name: string }[];
}

export function netSlotsOf(slots: readonly Slot[]): NetSlots {
  const net: NetSlots = { binds: [], hosts: [], endpoints: [] };
  for (const slot of slots) {
    const { capability } = slot;
    if (capability.kind === "NET_BIND") net.binds.push({ slot, port: capability.port });
    if (capability.kind !== "NET_CONNECT") continue;
    if ("endpoint" in capability.target) net.endpoints.push({ slot, name: capability.target.endpoint });
    else net.hosts.push(slot);
  }
  return net;
}

const usualProxyPort = 3128;

/** The proxy's port: the usual one, unless the program wants to listen there itself. */
export const proxyPortOf = (net: NetSlots): number =>
  net.binds.some(({ port }) => port === usualProxyPort) ? usualProxyPort + 1 : usualProxyPort;

const firstSparePort = 20_000;

/**
 * Where each endpoint is found on the process's own loopback: at the port that it has at its own, where that is free
 * here, so that a client needs no setting; else at a spare one. What has a port keeps it.
 */
export function endpointPorts(
  net: NetSlots,
  known: ReadonlyMap<string, number>,
  portOf: (name: string) => number | undefined,
): Map<string, number> {
  const taken = new Set([proxyPortOf(net), ...known.values(), ...net.binds.flatMap(({ port }) => port ?? [])]);
  const ports = new Map<string, number>();
  for (const { name } of net.endpoints) {
    const own = portOf(name);
    let port = known.get(name) ?? ports.get(name) ?? (own !== undefined && !taken.has(own) ? own : firstSparePort);
    while (!known.has(name) && !ports.has(name) && taken.has(port)) port += 1;
    taken.add(port);
    ports.set(name, port);
  }
  return ports;
}
