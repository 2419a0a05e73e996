import { expect, test } from "vitest";
import { pidSchema } from "../kernel/abi/index.ts";
import { RefusalLog } from "./refusal-log.ts";

test("a process that is refused all the time has 20 lines a minute, and what was left out is counted", () => {
  const lines: Readonly<Record<string, unknown>>[] = [];
  let now = 1000;
  const refusals = new RefusalLog({ log: (_level, _message, more) => void lines.push(more ?? {}), now: () => now });
  const [one, two] = [pidSchema.parse(1), pidSchema.parse(2)];
  for (let index = 0; index < 500; index += 1) refusals.refused(one, { to: `a:${index + 1}`, why: "no" });
  expect(lines).toHaveLength(20);
  expect(lines[0]).toEqual({ pid: 1, to: "a:1", why: "no" });

  refusals.refused(two, { to: "b:1", why: "no" });
  expect(lines.at(-1)).toEqual({ pid: 2, to: "b:1", why: "no" });

  now += 60_000;
  refusals.refused(one, { to: "c:1", why: "no" });
  expect(lines.at(-1)).toEqual({ pid: 1, to: "c:1", why: "no", leftOut: 480 });
});
