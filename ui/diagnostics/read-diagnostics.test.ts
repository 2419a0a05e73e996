import { describe, expect, test } from "vitest";
import { errorFamilies } from "../../kernel/abi/index.ts";
import { diagnosticLimit, diagnosticsSchema } from "./diagnostic.ts";
import { filesOf, readDiagnostics } from "./index.ts";
import { brief } from "./sample-output.ts";

const nowhere = { cwd: "/project", files: [] };
const read = (text: string, ...families: string[]) => readDiagnostics({ text, families, around: nowhere });
const told = (text: string, ...families: string[]): string[] => read(text, ...families).diagnostics.map(brief);

describe("what is read", () => {
  test("a line that two families know is told once, by the first that is named", () => {
    const line = "a.c:1:2: error: no";
    expect(read(line, "arduino", "gcc").diagnostics.map(({ family }) => family)).toEqual(["arduino"]);
    expect(read(line, "gcc", "arduino").diagnostics.map(({ family }) => family)).toEqual(["gcc"]);
  });

  test("what several families find is in the order of the text", () => {
    const text = 'Exception in thread "main" a.B: x\n\tat a.C.d(C.java:1)\nD.java:2: error: y\n D\n ^\n';
    expect(told(text, "javac", "java")).toEqual(["traceback a/C.java:1 [a.B] x", "error D.java:2:2 y"]);
  });

  test("the same complaint is told once", () => {
    expect(told("a.c:1:2: error: no\na.c:1:2: error: no\na.c:1:3: error: no\n", "gcc")).toHaveLength(2);
  });

  test("a summary is told only where nothing else is", () => {
    expect(told("make: *** [Makefile:1: all] Error 2\n", "gcc")).toEqual(["error - [Makefile:1: all] Error 2"]);
    expect(told("a.c:1:2: error: no\nmake: *** [Makefile:1: all] Error 2\n", "gcc")).toEqual(["error a.c:1:2 no"]);
  });

  test("a family that is not known finds nothing", () => {
    expect(read("a.c:1:2: error: no", "cobol", "constructor", "__proto__")).toEqual({
      diagnostics: [],
      truncated: false,
    });
  });

  test("on standard output only formats count that no sentence looks like", () => {
    const text = "x.sh: line 3: foo: command not found\nError in a sentence : x\na.c:1:2: error: no\n";
    const { diagnostics } = readDiagnostics({ text, families: ["bash", "r", "gcc"], around: nowhere, stdout: true });
    expect(diagnostics.map(brief)).toEqual(["error a.c:1:2 no"]);
  });

  test("a line without a file is one of the only file that the command line names", () => {
    const text = "Parse error near line 3: no such table: t\n";
    const at = (...argv: string[]) =>
      readDiagnostics({ text, families: ["sqlite"], around: { cwd: "/project", files: filesOf(argv, "/project") } });
    expect(at("sql-run", "/project/q.sql").diagnostics.map(brief)).toEqual(["error q.sql:3 no such table: t"]);
    expect(at("sql-run", "q.sql", "r.sql").diagnostics.map(brief)).toEqual(["error -:3 no such table: t"]);
  });
});

describe("hostile output", () => {
  test("colours, cursor movements and reversed text are taken out of messages and paths", () => {
    const text =
      "\u001b[1m\u001b]0;title\u0007a.c:1:2:\u001b[K \u001b[31merror: \u202eno\u0000\u0008\u009b2J\u001b[0m\r\nx";
    expect(told(text, "gcc")).toEqual(["error a.c:1:2 no2J"]);
  });

  test("at most 200 are told, and that there are more", () => {
    const lines = Array.from({ length: 300 }, (_, at) => `a.c:${at + 1}:1: error: no\n`).join("");
    const found = read(lines, "gcc");
    expect([found.diagnostics.length, found.truncated]).toEqual([diagnosticLimit, true]);
    expect(read(lines.slice(0, lines.indexOf("a.c:201:")), "gcc").truncated).toBe(false);
  });

  test("messages, lists and all together have their most", () => {
    const long = `a.c:1:1: error: ${"x".repeat(1 << 20)}\n`;
    expect(read(long, "gcc").diagnostics[0]?.message.length).toBeLessThanOrEqual(2001);
    const frame = (at: number): string => `  File "/project/${"d".repeat(900)}${at}.py", line 1, in f\n`;
    const trace = `Traceback (most recent call last):\n${Array.from({ length: 60 }, (_, at) => frame(at)).join("")}E: x\n`;
    const found = read(
      trace.repeat(100).replaceAll("E: x\n", () => `E: ${Math.random()}\n`),
      "python",
    );
    expect(found.diagnostics.every((each) => each.trace.length <= 32)).toBe(true);
    expect(JSON.stringify(found).length).toBeLessThan(600_000);
    expect(found.truncated).toBe(true);
  });

  test("numbers that are no lines are left out, and the answer fits its schema", () => {
    const text = "a.c:0:0: error: no\na.c:99999999999:1: error: far\na.c:999999999:0: error: x\n";
    const found = read(text, "gcc");
    expect(diagnosticsSchema.parse(found)).toEqual(found);
    expect(found.diagnostics.map(brief)).toEqual(["error a.c no", "error a.c:999999999 x"]);
  });

  const pieces = [
    "a:1:",
    "a (",
    "':",
    " in ",
    " at ",
    "', ",
    "| ",
    "a.",
    "1.",
    "[",
    ": ",
    'File "',
    "[a",
    "at a.b(",
    "\u001b[",
    "\u001b]",
    " ",
    "9",
    "-",
    "Error in ",
    "/a",
    "#1 in a",
    ":",
  ];
  const heads = [
    "",
    "thread 'm' panicked at '",
    "  at ",
    "Error in ",
    "Traceback (most recent call last):\n",
    "Caused by: ",
    "    #0 0x1 in ",
    "0 a at /",
    "   at x in ",
  ];
  const tails = ["", "\n", ":1", ": x"];

  test.each(errorFamilies)("%s takes time in proportion to the text", (family) => {
    for (const head of heads)
      for (const tail of tails)
        for (const piece of pieces) {
          const line = head + piece.repeat(3000 / piece.length) + tail;
          const text = `${line}\n`.repeat(8);
          const from = performance.now();
          read(text, family);
          const perMegabyte = ((performance.now() - from) / text.length) * 2 ** 20;
          expect(perMegabyte, JSON.stringify([head, piece, tail])).toBeLessThan(3000);
        }
  });
});
