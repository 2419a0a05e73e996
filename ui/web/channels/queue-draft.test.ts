import { expect, test } from "vitest";
import { emptyDraft, examineQueue } from "./queue-draft.ts";

test("what is offered is sound as soon as it has a name", () => {
  expect(examineQueue(emptyDraft)).toEqual({ problems: {}, request: null });
  expect(examineQueue({ ...emptyDraft, name: "jobs" })).toEqual({
    problems: {},
    request: {
      name: "jobs",
      limits: { maxMessages: 10_000, maxBytes: 16 << 20, acknowledgeMs: 30_000, maxDeliveries: 5, schema: null },
    },
  });
});

test("amounts are written as people write them, and a schema is JSON", () => {
  const draft = { ...emptyDraft, name: "jobs", maxBytes: "64k", acknowledge: "5m", schema: '{"type": "object"}' };
  expect(examineQueue(draft).request?.limits).toMatchObject({
    maxBytes: 65_536,
    acknowledgeMs: 300_000,
    schema: { type: "object" },
  });
});

test.each([
  ["name", "Jobs"],
  ["maxMessages", "0"],
  ["maxMessages", "many"],
  ["maxBytes", "1"],
  ["acknowledge", "1ms"],
  ["maxDeliveries", "101"],
  ["schema", "{"],
  ["schema", "[]"],
] as const)("%s cannot be %s, which is said there and sent to nobody", (field, value) => {
  const { problems, request } = examineQueue({ ...emptyDraft, name: "jobs", [field]: value });
  expect([Object.keys(problems), request]).toEqual([[field], null]);
});
