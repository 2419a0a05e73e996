import { expect, test } from "vitest";
import { sampleProcess } from "../parts/sample-process.ts";
import { boundPorts } from "./bound-ports.ts";

test("the ports of a preview are those that the table names", () => {
  const table = ["FS_READ:/project", "NET_BIND:localhost:9000", "NET_BIND:localhost:8080"];
  expect(boundPorts(sampleProcess({ pid: 5, table }))).toEqual({ named: [8080, 9000], any: false });
});

test("a NET_BIND without a port is for any", () => {
  expect(boundPorts(sampleProcess({ pid: 5, table: ["NET_BIND:localhost"] }))).toEqual({ named: [], any: true });
});

test("without NET_BIND, and after its end, a process has no preview", () => {
  expect(boundPorts(sampleProcess({ pid: 5, table: ["NET_CONNECT:*"] }))).toBeNull();
  const state = { phase: "exited", endedAt: 1, outcome: { kind: "oom" } };
  expect(boundPorts(sampleProcess({ pid: 5, table: ["NET_BIND:localhost"], state }))).toBeNull();
});
