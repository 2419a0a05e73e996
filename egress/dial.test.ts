import { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { Fault, parseCapability, pidSchema, slotIdSchema } from "../kernel/abi/index.ts";
import type { AllowList } from "./allow-list.ts";
import { dial, type Dialled } from "./dial.ts";
import { NameLookup } from "./name-lookup.ts";

const list: AllowList = [{ slot: slotIdSchema.parse(1), capability: parseCapability("NET_CONNECT:a.org:443") }];
const never = new AbortController().signal;

type Answer = "connects" | "refuses" | "silent";

/** Dials a name with an address for each of these answers; `made` are the sockets in their order. */
function dialled(
  answers: readonly Answer[],
  { signal = never, timeoutMs = 60_000 } = {},
): { result: Promise<Dialled>; made: Socket[] } {
  const made: Socket[] = [];
  const connect = (): Socket => {
    const socket = new Socket();
    const answer = answers[made.length];
    made.push(socket);
    if (answer === "connects") setImmediate(() => socket.emit("connect"));
    if (answer === "refuses")
      setImmediate(() => socket.destroy(Object.assign(new Error("no"), { code: "ECONNREFUSED" })));
    return socket;
  };
  const resolve = async (): Promise<string[]> => answers.map((_, index) => `8.8.8.${index + 1}`);
  const names = new NameLookup({ resolve, timeoutMs: 60_000 });
  const ports = { names, connect, ownAddresses: () => new Set<string>(), timeoutMs };
  const request = { pid: pidSchema.parse(9), target: { host: "a.org", port: 443 }, list: () => list, signal };
  return { result: dial(ports, request), made };
}

const codeOf = (result: Promise<unknown>): Promise<unknown> =>
  result.then(
    () => "connected",
    (error: unknown) => (error instanceof Fault ? error.code : error),
  );

describe("connecting to a name", () => {
  test("tries its addresses in turn, and no more once one answers", async () => {
    const { result, made } = dialled(["refuses", "connects", "connects"]);
    expect((await result).route.address.text).toBe("8.8.8.2");
    expect(made.map(({ destroyed }) => destroyed)).toEqual([true, false]);
  });

  test("says that it cannot be reached when none does", async () => {
    const { result, made } = dialled(["refuses", "refuses"]);
    expect(await codeOf(result)).toBe("unavailable");
    expect(made).toHaveLength(2);
  });

  test("is given up when the time for all is over, without a further address", async () => {
    const { result, made } = dialled(["silent", "connects"], { timeoutMs: 5 });
    expect(await codeOf(result)).toBe("timed_out");
    expect(made.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  test("is given up when nobody waits any more, and what is under way is closed", async () => {
    const gone = new AbortController();
    const { result, made } = dialled(["silent", "connects"], { signal: gone.signal });
    while (made.length === 0) await new Promise(setImmediate);
    gone.abort();
    expect(await codeOf(result)).toBe("unavailable");
    expect(made.map(({ destroyed }) => destroyed)).toEqual([true]);
  });

  test("outlives an error of a socket that was given up", async () => {
    const { result, made } = dialled(["silent"], { timeoutMs: 5 });
    expect(await codeOf(result)).toBe("timed_out");
    expect(made[0]?.emit("error", new Error("late"))).toBe(true);
  });
});
