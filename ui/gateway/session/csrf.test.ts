import { describe, expect, test } from "vitest";
import { csrfOf, isCsrfOf } from "./csrf.ts";

const handle = "h".repeat(43);

describe("csrf", () => {
  test("a session's token is its own and no other's", () => {
    expect(isCsrfOf(handle, csrfOf(handle))).toBe(true);
    expect(isCsrfOf(handle, csrfOf("i".repeat(43)))).toBe(false);
  });

  test("a missing, an empty and a longer token are refused", () => {
    for (const claimed of [undefined, "", `${csrfOf(handle)}x`, handle]) expect(isCsrfOf(handle, claimed)).toBe(false);
  });

  test("the token does not hold the handle", () => {
    expect(csrfOf(handle)).not.toContain(handle);
  });
});
