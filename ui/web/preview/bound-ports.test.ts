import { expect, test } from "vitest";
import { boundPorts } from "./bound-ports.ts";

test("the ports of a preview are those that the table names", () => {
  const table = ["FS_READ:/project", "NET_BIND:localhost:9000", "NET_BIND:localhost:8080"];
  expect(boundPorts(table)).toEqual({ named: [8080, 9000], any: false });
});

test("a NET_BIND without a port is for any", () => {
  expect(boundPorts(["NET_BIND:localhost"])).toEqual({ named: [], any: true });
});

test("without NET_BIND a process has no preview", () => {
  expect(boundPorts(["NET_CONNECT:*"])).toBeNull();
});
