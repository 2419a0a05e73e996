import { describe, expect, test } from "vitest";
import { Fault } from "../../../kernel/abi/index.ts";
import { AttemptLimit } from "./attempt-limit.ts";

function limited() {
  const clock = { at: 0 };
  const limit = new AttemptLimit({ failures: 3, withinMs: 1000, now: () => clock.at });
  const fail = () => limit.attempt(() => Promise.reject(new Fault("denied", "wrong")));
  return { clock, limit, fail };
}

describe("AttemptLimit", () => {
  test("after so many failures even a right attempt is refused, until the time has passed", async () => {
    const { clock, limit, fail } = limited();
    for (const _ of [1, 2, 3]) await expect(fail()).rejects.toMatchObject({ code: "denied" });
    await expect(limit.attempt(() => Promise.resolve("in"))).rejects.toMatchObject({ code: "exhausted" });
    clock.at = 1000;
    await expect(limit.attempt(() => Promise.resolve("in"))).resolves.toBe("in");
  });

  test("successes do not count", async () => {
    const { limit } = limited();
    for (let count = 0; count < 10; count += 1) {
      await expect(limit.attempt(() => Promise.resolve(count))).resolves.toBe(count);
    }
  });

  test("a fault that says nothing about the secret does not count", async () => {
    const { limit } = limited();
    for (let count = 0; count < 10; count += 1) {
      const away = () => Promise.reject(new Fault("unavailable", "policy is down"));
      await expect(limit.attempt(away)).rejects.toMatchObject({ code: "unavailable" });
    }
  });

  test("attempts at the same time do not pass together", async () => {
    const { fail } = limited();
    const results = await Promise.allSettled(Array.from({ length: 5 }, fail));
    const codes = results.map((result) => (result.status === "rejected" ? (result.reason as Fault).code : "passed"));
    expect(codes).toEqual(["denied", "denied", "denied", "exhausted", "exhausted"]);
  });
});
