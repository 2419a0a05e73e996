import { describe, expect, test } from "vitest";
import { expectedVersion } from "./parts.ts";

describe("expectedVersion", () => {
  test("no precondition expects nothing", () => expect(expectedVersion({})).toBeUndefined());

  test("If-Match expects the version of an ETag", () => {
    expect(expectedVersion({ "if-match": '"a1-b2"' })).toBe("a1-b2");
  });

  test("If-None-Match: * expects no file", () => expect(expectedVersion({ "if-none-match": "*" })).toBeNull());

  test.each([
    { "if-match": "*" },
    { "if-match": 'W/"a"' },
    { "if-match": '"a", "b"' },
    { "if-none-match": '"a"' },
    { "if-match": '"a"', "if-none-match": "*" },
  ])("%o is refused rather than ignored", (headers) => {
    expect(() => expectedVersion(headers)).toThrow("precondition");
  });
});
