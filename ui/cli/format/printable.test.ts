import { describe, expect, it } from "vitest";
import { cutTo, printable, toJson, widthOf } from "./printable.ts";

describe("printable", () => {
  it("shows control characters as escapes and leaves readable text of any script alone", () => {
    expect(printable("a\u001b[31mb\u0007\r\n\tc\u009bd\u007f")).toBe("a\\e[31mb\\x07\\r\\n\\tc\\x9bd\\x7f");
    expect(printable("größe 漢字 é 🙂 C:\\x")).toBe("größe 漢字 é 🙂 C:\\x");
  });

  it("shows what reorders, hides or breaks text as escapes", () => {
    expect(printable("a\u202eb\u2066c\u200bd\u2028e\ufefff\ud800g")).toBe(
      "a\\u{202e}b\\u{2066}c\\u{200b}d\\u{2028}e\\u{feff}f\\u{d800}g",
    );
  });
});

describe("toJson", () => {
  it("is one document that parses to the same value and acts on no terminal", () => {
    const value = { a: 'x\u001b[2J\u009b\u202e\u2028\u{e0041}"\\', b: [1, null], "k\u0085": "漢" };
    const text = toJson(value);
    expect(JSON.parse(text)).toEqual(value);
    expect(text).not.toMatch(/[^\n\P{C}]|\p{Zl}|\p{Zp}/u);
    expect(text.endsWith("}\n")).toBe(true);
    expect(text).toContain('\n  "b"');
  });
});

describe("width", () => {
  it("counts wide characters as two columns and combining marks as none", () => {
    expect([widthOf("abc"), widthOf("漢字"), widthOf("e\u0301"), widthOf("🙂")]).toEqual([3, 4, 1, 2]);
  });

  it("is kept by cutting, which shows that something was left out", () => {
    expect(cutTo("abcdef", 6)).toBe("abcdef");
    expect(cutTo("abcdefg", 6)).toBe("abcde…");
    expect(widthOf(cutTo("漢字漢字", 6))).toBeLessThanOrEqual(6);
  });
});
