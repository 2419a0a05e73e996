import { expect, test } from "vitest";
import { topicEventSchema } from "../../../kernel/abi/index.ts";
import { hear, nothingHeard } from "./use-events.ts";

const event = (data: unknown, missed = 0) => topicEventSchema.parse({ topic: "a", at: 1, from: 2, data, missed });

test("the newest events come first, each with its own number", () => {
  const heard = hear(hear(nothingHeard, [event(1), event(2)]), [event(3)]);
  expect(heard.events.map(({ data, number }) => [data, number])).toEqual([
    [3, 3],
    [2, 2],
    [1, 1],
  ]);
});

test("the last two hundred are kept, and all are counted, the missed too", () => {
  const many = Array.from({ length: 300 }, (_, at) => event(at));
  const heard = hear(hear(nothingHeard, many), [event(300, 7)]);
  expect([heard.events.length, heard.events.at(-1)?.data, heard.count, heard.missed]).toEqual([200, 101, 301, 7]);
});
