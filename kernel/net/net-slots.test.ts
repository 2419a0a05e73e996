import { describe, expect, test } from "vitest";
import { parseCapability, pidSchema } from "../abi/index.ts";
import { SlotTable } from "../capability/slot-table.ts";
import { endpointPorts, type NetSlots, netSlotsOf, proxyPortOf } from "./net-slots.ts";

const pid = pidSchema.parse(9);

function net(...texts: string[]): NetSlots {
  const slots = new SlotTable();
  for (const text of texts) slots.mint(pid, parseCapability(text));
  return netSlotsOf(slots.held(pid));
}

const ports = (slots: NetSlots, at: Record<string, number> = {}, known: Record<string, number> = {}): unknown =>
  Object.fromEntries(endpointPorts(slots, new Map(Object.entries(known)), (name) => at[name]));

describe("the loopback of a process", () => {
  test("has the proxy where clients expect one, unless the program wants to listen there", () => {
    expect(proxyPortOf(net("NET_CONNECT:a.org"))).toBe(3128);
    expect(proxyPortOf(net("NET_CONNECT:a.org", "NET_BIND:localhost:3128"))).toBe(3129);
    expect(proxyPortOf(net("NET_CONNECT:a.org", "NET_BIND:localhost"))).toBe(3128);
  });

  test("has each endpoint at the port that it has at its own", () => {
    expect(ports(net("NET_CONNECT:db", "NET_CONNECT:cache"), { db: 5432, cache: 6379 })).toEqual({
      db: 5432,
      cache: 6379,
    });
  });

  test("has an endpoint that is not there yet, or whose port is taken, at a spare one", () => {
    expect(ports(net("NET_CONNECT:db"))).toEqual({ db: 20_000 });
    expect(ports(net("NET_CONNECT:a", "NET_CONNECT:b"), { a: 80, b: 80 })).toEqual({ a: 80, b: 20_000 });
    expect(ports(net("NET_CONNECT:a", "NET_BIND:localhost:80"), { a: 80 })).toEqual({ a: 20_000 });
    expect(ports(net("NET_CONNECT:a", "NET_CONNECT:x.org"), { a: 3128 })).toEqual({ a: 20_000 });
  });

  test("keeps an endpoint where the program was told that it is", () => {
    expect(ports(net("NET_CONNECT:a", "NET_CONNECT:b"), { a: 81, b: 82 }, { a: 82 })).toEqual({ a: 82, b: 20_000 });
  });

  test("gives a name that is held twice one port", () => {
    expect(ports(net("NET_CONNECT:a", "NET_CONNECT:a"), { a: 80 })).toEqual({ a: 80 });
  });
});
