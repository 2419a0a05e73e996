import { expect, test } from "vitest";
import type { Authority } from "./authority.ts";
import { compose, held, leastAuthority, limitsSummary, rightsSummary, switched } from "./authority.ts";

const given = (said: Partial<Authority>): Authority => ({ ...leastAuthority, ...said });
const table = (said: Partial<Authority>) => compose(given(said)).table;

test("writing is never held without reading", () => {
  const nothing = given({ reads: false });
  expect(switched(nothing, "writes", true)).toMatchObject({ reads: true, writes: true });
  const both = given({ writes: true });
  expect(switched(both, "reads", false)).toMatchObject({ reads: false, writes: false });
  expect(switched(both, "writes", false)).toMatchObject({ reads: true, writes: false });
});

test("a program gets what is switched on and nothing else", () => {
  expect(table({})).toEqual(["FS_READ:/project"]);
  expect(table({ reads: false })).toEqual([]);
  expect(table({ readsBelow: "src", port: "80", hosts: "a.org", writesBelow: "out" })).toEqual([
    "FS_READ:/project/src",
  ]);
});

test("a folder that is changed can be read, and is named once where the reading covers it", () => {
  expect(table({ writes: true })).toEqual(["FS_READ:/project", "FS_WRITE:/project"]);
  expect(table({ writes: true, writesBelow: "out/" })).toEqual(["FS_READ:/project", "FS_WRITE:/project/out"]);
  expect(table({ writes: true, readsBelow: "src", writesBelow: "/out" })).toEqual([
    "FS_READ:/project/src",
    "FS_WRITE:/project/out",
    "FS_READ:/project/out",
  ]);
  expect(table({ writes: true, readsBelow: "src", writesBelow: "src2" })).toContain("FS_READ:/project/src2");
});

test("the network is a port that is served and hosts that are named", () => {
  expect(table({ reads: false, serves: true })).toEqual(["NET_BIND:localhost"]);
  expect(table({ reads: false, serves: true, port: "8080" })).toEqual(["NET_BIND:localhost:8080"]);
  expect(table({ reads: false, connects: true, hosts: "a.org:443, *.b.org\n api *" })).toEqual([
    "NET_CONNECT:a.org:443",
    "NET_CONNECT:*.b.org",
    "NET_CONNECT:api",
    "NET_CONNECT:*",
  ]);
});

test("a name is sent with a port that is served, and not without", () => {
  expect(compose(given({ serves: true, name: "api" })).name).toBe("api");
  expect(compose(given({ name: "api" })).name).toBeNull();
});

test("how much may be written is a limit of what writes", () => {
  const quotas = { MEM: "512m", DISK: "1Gi", CPU: "" };
  expect(table({ reads: false, quotas })).toEqual(["MEM:512Mi"]);
  expect(table({ writes: true, quotas })).toContain("DISK:1Gi");
});

test("lines of text add to the table, and replace a limit of the same kind", () => {
  expect(table({ reads: false, quotas: { MEM: "512Mi" }, more: "PROC_SPAWN\n\n  MEM:1Gi  \nPROC_SPAWN" })).toEqual([
    "MEM:1Gi",
    "PROC_SPAWN",
  ]);
});

test.each<[Partial<Authority>, string, RegExp]>([
  [{ readsBelow: "../etc" }, "readsBelow", /folder/],
  [{ writes: true, writesBelow: "a//b" }, "writesBelow", /folder/],
  [{ serves: true, port: "0" }, "port", /65535/],
  [{ serves: true, name: "My Api" }, "name", /letter first/],
  [{ connects: true }, "hosts", /name a host/],
  [{ connects: true, hosts: "a.org http://b.org" }, "hosts", /http:\/\/b.org is no host/],
  [{ quotas: { TIME: "soon" } }, "TIME", /not an amount/],
  [{ more: "PROC_SPAWN\nROOT" }, "more", /not a capability: "ROOT"/],
])("%j has a problem at its field", (said, field, problem) => {
  expect(compose(given(said)).problems).toEqual({ [field]: expect.stringMatching(problem) });
});

test("what a role does not hold is off", () => {
  const all = given({ writes: true, serves: true, connects: true, hosts: "*" });
  expect(compose(held(all, (kind) => kind === "FS_READ")).table).toEqual(["FS_READ:/project"]);
  expect(compose(held(all, (kind) => kind === "FS_WRITE")).table).toEqual([]);
});

test("a line says what the program may do", () => {
  expect(rightsSummary(given({}))).toBe("reads files");
  expect(rightsSummary(given({ reads: false }))).toBe("sees no files and no network");
  expect(rightsSummary(given({ reads: false, serves: true }))).toBe("sees no files, serves any port");
  expect(
    rightsSummary(
      given({ writes: true, serves: true, port: "80", connects: true, hosts: "a.org b.org", more: "PROC_SPAWN" }),
    ),
  ).toBe("changes files, serves port 80, connects to 2 hosts, 1 more right");
  expect(rightsSummary(given({ connects: true, hosts: "*" }))).toBe("reads files, connects to every host");
  expect(limitsSummary(given({ quotas: { CPU: "1", MEM: "512Mi" } }))).toBe("CPU 1, MEM 512Mi");
  expect(limitsSummary(given({}))).toBe("the runtime's own");
});
