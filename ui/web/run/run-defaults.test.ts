import { expect, test } from "vitest";
import { runtimeViewSchema } from "../../../kernel/abi/index.ts";
import { quotaTexts, runDefault } from "./run-defaults.ts";

const runtime = (name: string, ending: string, { run, build = null }: { run: string[]; build?: string[] | null }) =>
  runtimeViewSchema.parse({
    name,
    title: name,
    files: [{ endings: [ending], build: build && { argv: build, table: [] }, sources: [], run }],
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
const python = runtime("python", ".py", { run: ["python3", "{file}"] });
const node = runtime("node", ".js", { run: ["node", "{file}"] });
const runtimes = [python, node];

test("the shown file decides, and where no runtime runs it another open file does", () => {
  expect(runDefault({ runtimes, chosen: null, files: ["a.js", "b.py"] })).toEqual({
    runtime: node,
    argv: ["node", "a.js"],
    builds: null,
  });
  expect(runDefault({ runtimes, chosen: null, files: ["README.md", "b.py"] })).toEqual({
    runtime: python,
    argv: ["python3", "b.py"],
    builds: null,
  });
});

test("a chosen runtime stays, and offers only files that it runs", () => {
  expect(runDefault({ runtimes, chosen: "python", files: ["a.js"] })).toEqual({
    runtime: python,
    argv: [],
    builds: null,
  });
});

test("a file that has to be built is offered without an argv, as where its outputs are is not known before", () => {
  const c = runtime("c", ".c", { run: ["{out}/program"], build: ["c-file", "{file}", "{out}"] });
  expect(runDefault({ runtimes: [c, python], chosen: null, files: ["src/main.c", "a.py"] })).toEqual({
    runtime: c,
    argv: [],
    builds: "src/main.c",
  });
});

test("without files or runtimes nothing is offered", () => {
  expect(runDefault({ runtimes: [], chosen: null, files: ["a.py"] })).toEqual({
    runtime: null,
    argv: [],
    builds: null,
  });
});

test("quotas are shown in their canonical spelling", () => {
  expect(quotaTexts(python)).toEqual({ MEM: "512Mi", TIME: "1m", CPU: "1" });
});

test("where no file says it, it is what the command takes, else a runtime whose image is there", () => {
  const none = { chosen: null, files: [] };
  const missing = { ...runtime("arduino", ".ino", { run: ["board", "{file}"] }), state: "missing" as const };
  expect(runDefault({ runtimes: [missing, node, python], ...none }).runtime).toBe(python);
  expect(runDefault({ runtimes: [missing, node], ...none }).runtime).toBe(node);
  expect(runDefault({ runtimes: [missing], ...none }).runtime).toBe(missing);
});
