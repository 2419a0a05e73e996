import { describe, expect, test } from "vitest";
import { pidSchema } from "../abi/index.ts";
import { Waiting } from "./waiting.ts";

const [a, b, c] = [1, 2, 3].map((pid) => ({ pid: pidSchema.parse(pid) })) as [Member, Member, Member];
interface Member {
  pid: ReturnType<typeof pidSchema.parse>;
}

describe("processes that wait for their turn", () => {
  test("start once the turn of all of their group has come, and only once", () => {
    const waiting = new Waiting<Member>();
    waiting.add([a, b]);
    waiting.add([c]);
    expect(waiting.due(a.pid)).toBeUndefined();
    expect(waiting.due(a.pid)).toBeUndefined();
    expect(waiting.due(c.pid)).toEqual([c]);
    expect(waiting.due(b.pid)).toEqual([a, b]);
    expect(waiting.due(b.pid)).toBeUndefined();
    expect(waiting.pids).toEqual([]);
  });

  test("leave with their group", () => {
    const waiting = new Waiting<Member>();
    waiting.add([a, b]);
    expect(waiting.take(b.pid)).toEqual([a, b]);
    expect([waiting.has(a.pid), waiting.has(b.pid), waiting.take(a.pid)]).toEqual([false, false, undefined]);
  });
});
