import { describe, expect, it } from "vitest";
import { formatFields, formatTable } from "./table.ts";

const layout = [
  { title: "ID", of: (row: [number, string]) => String(row[0]), right: true },
  { title: "NAME", of: (row: [number, string]) => row[1] },
];

describe("formatTable", () => {
  it("aligns columns under their titles and pads nothing at the end of a line", () => {
    expect(
      formatTable(
        [
          [7, "a"],
          [123, "bc"],
        ],
        layout,
      ),
    ).toBe(" ID  NAME\n  7  a\n123  bc\n");
  });

  it("prints the titles when there are no rows, and leaves them out when told", () => {
    expect(formatTable([], layout)).toBe("ID  NAME\n");
    expect(formatTable([[1, "a"]], layout, { header: false })).toBe(" 1  a\n");
  });

  it("keeps a row on one line whatever its cells hold", () => {
    expect(formatTable([[1, "a\nforged 2\u001b[1A"]], layout)).toBe("ID  NAME\n 1  a\\nforged 2\\e[1A\n");
  });

  it("cuts the last column to the terminal's width", () => {
    const lines = formatTable([[1, "x".repeat(100)]], layout, { columns: 20 }).split("\n");
    expect(lines[1]).toBe(` 1  ${"x".repeat(15)}…`);
  });
});

describe("formatFields", () => {
  it("puts the values under each other and goes on below an empty name", () => {
    expect(
      formatFields([
        ["pid", "1"],
        ["table", "A"],
        ["", "B"],
        ["cwd", ""],
      ]),
    ).toBe("pid:   1\ntable: A\n       B\ncwd:\n");
  });
});
