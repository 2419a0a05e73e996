import { describe, expect, test } from "vitest";
import { allowEntrySchema, Fault } from "../kernel/abi/index.ts";
import { specialKind } from "./address.ts";
import { type AllowList, parseAllowList, requireRoute, requireTarget } from "./allow-list.ts";

const listOf = (...capabilities: string[]): AllowList =>
  parseAllowList(capabilities.map((capability, index) => allowEntrySchema.parse({ slot: index + 1, capability })));

const verdict = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    if (error instanceof Fault) return `${error.code} ${error.missing}`;
    throw error;
  }
};

const route = (host: string, port: number, text: string) => ({
  target: { host, port },
  address: { text, special: specialKind(text) },
});

describe("the hosts that a list covers", () => {
  const list = listOf("NET_CONNECT:example.org:443", "NET_CONNECT:*.example.net", "NET_CONNECT:db", "PROC_SIGNAL");

  test.each([
    ["example.org", 443, 1],
    ["a.example.net", 80, 2],
    ["a.b.example.net", 8443, 2],
  ])("%s:%i is covered by slot %i", (host, port, slot) => {
    expect(verdict(() => requireTarget(list, { host, port }))).toBe(slot);
  });

  test.each([
    ["example.org", 80],
    ["example.net", 443],
    ["badexample.net", 443],
    ["example.org.evil.net", 443],
    ["db", 5432],
    ["127.0.0.1", 443],
  ])("%s:%i is not, and what is missing is named", (host, port) => {
    expect(verdict(() => requireTarget(list, { host, port }))).toBe(`denied NET_CONNECT:${host}:${port}`);
  });

  test("a star is every name and no address", () => {
    const all = listOf("NET_CONNECT:*");
    expect(verdict(() => requireTarget(all, { host: "example.org", port: 1 }))).toBe(1);
    expect(verdict(() => requireTarget(all, { host: "8.8.8.8", port: 53 }))).toBe("denied NET_CONNECT:8.8.8.8:53");
  });

  test("an empty list covers nothing", () => {
    expect(verdict(() => requireTarget([], { host: "a", port: 1 }))).toBe("denied NET_CONNECT:a:1");
  });
});

describe("the addresses that a list lets a host have", () => {
  test("one out on the internet needs no entry of its own", () => {
    expect(verdict(() => requireRoute(listOf("NET_CONNECT:*"), route("example.org", 443, "93.184.215.14")))).toEqual([
      1,
    ]);
  });

  test("a special one is refused although its name is covered", () => {
    const list = listOf("NET_CONNECT:*", "NET_CONNECT:10.0.0.6:443", "NET_CONNECT:10.0.0.5:80");
    const missing = "denied NET_CONNECT:10.0.0.5:443";
    expect(verdict(() => requireRoute(list, route("example.org", 443, "10.0.0.5")))).toBe(missing);
  });

  test("a special one is allowed where the list names it, and depends on both slots", () => {
    const list = listOf("NET_CONNECT:example.org", "NET_CONNECT:10.0.0.5:443");
    expect(verdict(() => requireRoute(list, route("example.org", 443, "10.0.0.5")))).toEqual([1, 2]);
    expect(verdict(() => requireRoute(list, route("10.0.0.5", 443, "10.0.0.5")))).toEqual([2]);
  });

  test("naming the address does not cover the name that stands for it", () => {
    const list = listOf("NET_CONNECT:127.0.0.1:80");
    const missing = "denied NET_CONNECT:localhost:80";
    expect(verdict(() => requireRoute(list, route("localhost", 80, "127.0.0.1")))).toBe(missing);
  });

  test("a special IPv6 address is allowed by nothing", () => {
    const list = listOf("NET_CONNECT:*", "NET_CONNECT:127.0.0.1");
    expect(verdict(() => requireRoute(list, route("six.org", 80, "::1")))).toBe("denied NET_CONNECT:six.org:80");
  });
});
