import { expect, test } from "vitest";
import { examineGrant, offers } from "./grantable.ts";

test("what can be handed over is sent in its canonical spelling", () => {
  expect(examineGrant("  NET_CONNECT:example.org:443 ")).toEqual({
    kind: "sound",
    capability: "NET_CONNECT:example.org:443",
  });
  expect(examineGrant(" ")).toEqual({ kind: "empty" });
});

test.each([
  ["FS_WRITE:/project", /when it starts/],
  ["MEM:1Gi", /limits when it starts/],
  ["SHM_MAP:frame:ro", /shared memory when it starts/],
  ["ML_CONTEXT:logs", /not.*in this version/],
  ["NET_CONNECT:a..b", /It is written NET_CONNECT:host/],
  ["ROOT", /The kinds are/],
])("%s is refused with a reason", (text, reason) => {
  expect(examineGrant(text)).toEqual({ kind: "problem", message: expect.stringMatching(reason) });
});

test("every kind is offered with its usage in the kernel's own words", () => {
  expect(offers.map(({ usage }) => usage)).toContain("NET_BIND:localhost[:port]");
});
