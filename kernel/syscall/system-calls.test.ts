import { setImmediate as breathe } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SampleCore } from "./sample-core.ts";

let core: SampleCore;
beforeEach(() => {
  core = new SampleCore();
});
afterEach(() => core[Symbol.asyncDispose]());

const row = (what: string): Parameters<SampleCore["journal"]["audit"]["add"]>[0] => ({
  at: core.now(),
  who: { pid: null, name: "gateway" },
  what,
  on: "",
  verdict: "refused",
  code: "denied",
  missing: null,
});

test("checking the audit log lets others work meanwhile, and rows that come meanwhile do it no harm", async () => {
  const { audit } = core.journal;
  for (let each = 0; each < 5000; each += 1) audit.add(row("before"));
  let turns = 0;
  let verdict: Awaited<ReturnType<typeof audit.verify>> | undefined;
  const going = audit.verify().then((each) => (verdict = each));
  for (; verdict === undefined; turns += 1) {
    audit.add(row("meanwhile"));
    await breathe();
  }
  await going;
  expect(turns).toBeGreaterThan(3);
  expect(verdict).toMatchObject({ ok: true, rows: 5000, firstBad: null });
  expect(await audit.verify()).toMatchObject({ ok: true, rows: 5000 + turns });
});
