import { expect, test } from "vitest";
import { checkName, nameText, quote } from "./file-name.ts";

test.each(["a", "..a", "...", "with space", "日本語", Buffer.from([0xff]), "x".repeat(255)])("%s is a name", (name) => {
  expect(() => checkName(name)).not.toThrow();
});

test.each(["", ".", "..", "a/b", "/", "a\0", Buffer.from("a/b"), Buffer.from(".."), "x".repeat(256), "ü".repeat(128)])(
  "%j is not a name",
  (name) => {
    expect(() => checkName(name)).toThrow(expect.objectContaining({ code: "invalid" }));
  },
);

test("bytes that are not UTF-8 are shown one by one, and UTF-8 as it is", () => {
  expect(nameText(Buffer.from([0x61, 0xff, 0x0a, 0x80]))).toBe("a\\xff\n\\x80");
  expect(nameText(Buffer.from("grüße"))).toBe("grüße");
});

test("what steers a terminal or turns text around is escaped in a message", () => {
  expect(quote('a\u001b[2J\u009b\u202eb\u2028"')).toBe(String.raw`"a\u001b[2J\u009b\u202eb\u2028\""`);
  expect(quote("x".repeat(1000)).length).toBeLessThan(210);
});
