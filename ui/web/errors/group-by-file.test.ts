import { expect, test } from "vitest";
import { diagnosticSchema } from "../../diagnostics/diagnostic.ts";
import { countText, groupByFile, opensIn } from "./group-by-file.ts";

const sample = (file: string | null, kind = "error") =>
  diagnosticSchema.parse({ family: "gcc", kind, message: "m", code: null, file, line: null, column: null, trace: [] });

test("errors are grouped by file, in the order in which the output names the files", () => {
  const all = [sample("b.c"), sample(null), sample("a.c"), sample("b.c", "note")];
  expect(groupByFile(all).map(({ file, diagnostics }) => [file, diagnostics.length])).toEqual([
    ["b.c", 2],
    [null, 1],
    ["a.c", 1],
  ]);
  expect(groupByFile([])).toEqual([]);
});

test("only files of the project open in the editor", () => {
  expect(["a.c", "/usr/include/x.h", null].map(opensIn)).toEqual([true, false, false]);
});

test("errors and warnings are counted, and notes are not", () => {
  expect(countText([sample("a")])).toBe("1 error");
  expect(countText([sample("a"), sample("a", "traceback"), sample("a", "note")])).toBe("2 errors");
  expect(countText([sample("a", "warning")])).toBe("1 warning");
  expect(countText([sample("a"), sample("a", "warning"), sample("a", "warning")])).toBe("1 error, 2 warnings");
  expect(countText([sample("a", "note")])).toBe("0 errors");
});
