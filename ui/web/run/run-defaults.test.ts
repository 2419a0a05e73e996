import { expect, test } from "vitest";
import { runtimeViewSchema } from "../../../kernel/abi/index.ts";
import { quotaTexts, runDefault } from "./run-defaults.ts";

const runtime = (name: string, ending: string, run: string[]) =>
  runtimeViewSchema.parse({
    name,
    title: name,
    files: [{ endings: [ending], build: null, sources: [], run }],
    projects: [],
    errors: [],
    quotas: ["MEM:512m", "TIME:60s", "CPU:1"],
    state: "ready",
    progress: null,
    problem: null,
    version: "1",
    image: "x",
    imageBytes: null,
  });
const python = runtime("python", ".py", ["python3", "{file}"]);
const node = runtime("node", ".js", ["node", "{file}"]);
const runtimes = [python, node];

test("the shown file decides, and where no runtime runs it another open file does", () => {
  expect(runDefault({ runtimes, chosen: null, files: ["a.js", "b.py"] })).toEqual({
    runtime: node,
    argv: ["node", "a.js"],
  });
  expect(runDefault({ runtimes, chosen: null, files: ["README.md", "b.py"] })).toEqual({
    runtime: python,
    argv: ["python3", "b.py"],
  });
});

test("a chosen runtime stays, and offers only files that it runs", () => {
  expect(runDefault({ runtimes, chosen: "python", files: ["a.js"] })).toEqual({ runtime: python, argv: [] });
});

test("without files or runtimes nothing is offered", () => {
  expect(runDefault({ runtimes: [], chosen: null, files: ["a.py"] })).toEqual({ runtime: null, argv: [] });
});

test("quotas are shown in their canonical spelling", () => {
  expect(quotaTexts(python)).toEqual({ MEM: "512Mi", TIME: "1m", CPU: "1" });
});
