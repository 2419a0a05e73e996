import { expect, test } from "vitest";
import { Fault, pidSchema } from "../kernel/abi/index.ts";
import { NameLookup } from "./name-lookup.ts";

const [one, two] = [pidSchema.parse(1), pidSchema.parse(2)];
const never = new AbortController().signal;
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    (value) => `found ${JSON.stringify(value)}`,
    (error: unknown) => (error instanceof Fault ? error.code : "bug"),
  );

test("a process whose names do not resolve keeps no other waiting", async () => {
  const asked: string[] = [];
  const answers = new Map<string, (addresses: string[]) => void>();
  const names = new NameLookup({
    timeoutMs: 60_000,
    resolve: (host) => {
      asked.push(host);
      return new Promise((resolve) => answers.set(host, resolve));
    },
  });
  const slow = ["a", "b", "c", "d"].map((host) => names.addressesOf(one, host, never));
  const quick = names.addressesOf(two, "q", never);
  expect(asked).toEqual(["a", "b", "q"]);
  answers.get("q")?.(["1.1.1.1"]);
  expect(await quick).toEqual(["1.1.1.1"]);

  answers.get("b")?.(["2.2.2.2"]);
  expect(await slow[1]).toEqual(["2.2.2.2"]);
  await new Promise(setImmediate);
  expect(asked).toEqual(["a", "b", "q", "c"]);
  answers.get("a")?.([]);
  expect(await codeOf(slow[0] ?? quick)).toBe("unavailable");
  answers.get("c")?.(["3.3.3.3"]);
  await slow[2];
  await new Promise(setImmediate);
  answers.get("d")?.(["4.4.4.4"]);
  expect(await slow[3]).toEqual(["4.4.4.4"]);
});

test("a name that is not wanted any more is not asked for, and one that takes too long is given up", async () => {
  const asked: string[] = [];
  const names = new NameLookup({
    timeoutMs: 30,
    resolve: (host) => {
      asked.push(host);
      return new Promise(() => undefined);
    },
  });
  const gone = new AbortController();
  const first = [codeOf(names.addressesOf(one, "a", never)), codeOf(names.addressesOf(one, "b", never))];
  const third = codeOf(names.addressesOf(one, "c", gone.signal));
  gone.abort();
  expect(await third).toBe("unavailable");
  expect(await Promise.all(first)).toEqual(["timed_out", "timed_out"]);
  expect(asked).toEqual(["a", "b"]);
});

test("a name that does not exist is unavailable, whatever the resolver says of it", async () => {
  const names = new NameLookup({ timeoutMs: 1000, resolve: () => Promise.reject(new Error("ENOTFOUND")) });
  expect(await codeOf(names.addressesOf(one, "nowhere.invalid", never))).toBe("unavailable");
});
