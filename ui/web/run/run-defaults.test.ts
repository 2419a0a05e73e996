import { expect, test } from "vitest";
import { runtimeViewSchema } from "../../../kernel/abi/index.ts";
import { projectDefault, quotaTexts, runDefault, runtimeOfCommand } from "./run-defaults.ts";

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
const nothing = { top: [], wish: null };

test("the shown file decides, and where no runtime runs it another open file does", () => {
  expect(runDefault({ runtimes, chosen: null, files: ["a.js", "b.py"], ...nothing })).toEqual({
    runtime: node,
    argv: ["node", "a.js"],
    planned: null,
  });
  expect(runDefault({ runtimes, chosen: null, files: ["README.md", "b.py"], ...nothing })).toEqual({
    runtime: python,
    argv: ["python3", "b.py"],
    planned: null,
  });
});

test("a chosen runtime stays, and offers only files that it runs", () => {
  expect(runDefault({ runtimes, chosen: "python", files: ["a.js"], ...nothing })).toEqual({
    runtime: python,
    argv: [],
    planned: null,
  });
});

test("a file that has to be built is offered without an argv, as where its outputs are is not known before", () => {
  const c = runtime("c", ".c", { run: ["{out}/program"], build: ["c-file", "{file}", "{out}"] });
  expect(runDefault({ runtimes: [c, python], chosen: null, files: ["src/main.c", "a.py"], ...nothing })).toEqual({
    runtime: c,
    argv: [],
    planned: "src/main.c",
  });
});

test("without files or runtimes nothing is offered", () => {
  expect(runDefault({ runtimes: [], chosen: null, files: ["a.py"], ...nothing })).toEqual({
    runtime: null,
    argv: [],
    planned: null,
  });
});

test("quotas are shown in their canonical spelling", () => {
  expect(quotaTexts(python)).toEqual({ MEM: "512Mi", TIME: "1m", CPU: "1" });
});

test("where no file says it, it is what the command takes, else a runtime whose image is there", () => {
  const none = { chosen: null, files: [], ...nothing };
  const missing = { ...runtime("arduino", ".ino", { run: ["board", "{file}"] }), state: "missing" as const };
  expect(runDefault({ runtimes: [missing, node, python], ...none }).runtime).toBe(python);
  expect(runDefault({ runtimes: [missing, node], ...none }).runtime).toBe(node);
  expect(runDefault({ runtimes: [missing], ...none }).runtime).toBe(missing);
});

test("SQL is asked for typed tables, which the page shows", () => {
  const sql = runtime("sql", ".sql", { run: ["sql-run", "{file}"] });
  expect(runDefault({ runtimes: [sql], chosen: null, files: ["q.sql"], ...nothing }).argv).toEqual([
    "sql-run",
    "q.sql",
    "--format",
    "jsonl",
  ]);
});

const marked = (name: string, ...markers: string[]) => ({
  ...runtime(name, ".none", { run: [name] }),
  projects: markers.map((marker) => ({ marker, build: null, sources: [], run: [name, "{dir}"] })),
});
const make = marked("c", "CMakeLists.txt", "Makefile");
const web = marked("web", "vite.config.ts", "index.html");
const game = marked("unreal", "*.uproject");

test("the project is run by the runtime that knows most of the build files at its top, of equals the first", () => {
  const known = [make, game, web];
  const found = (...top: string[]) => projectDefault({ runtimes: known, chosen: null, top });
  expect(found("Makefile", "index.html", "vite.config.ts")).toEqual({ runtime: web, marker: "vite.config.ts" });
  expect(found("README", "Makefile", "index.html")).toEqual({ runtime: make, marker: "Makefile" });
  expect(found("My.uproject")).toEqual({ runtime: game, marker: "My.uproject" });
  expect(found("README")).toBeNull();
});

test("the project is offered where no open file runs, and where it is wished for", () => {
  const situation = { runtimes: [make, python], chosen: null, top: ["Makefile"] };
  const project = { runtime: make, argv: [], planned: "." };
  expect(runDefault({ ...situation, files: ["README.md"], wish: null })).toEqual(project);
  expect(runDefault({ ...situation, files: ["a.py"], wish: null }).runtime).toBe(python);
  expect(runDefault({ ...situation, files: ["a.py"], wish: "project" })).toEqual(project);
  expect(runDefault({ ...situation, files: [], wish: "file" }).planned).toBeNull();
});

test("a build file that is open is run as the project of its folder", () => {
  const situation = { runtimes: [make, python], chosen: null, top: [], wish: null };
  expect(runDefault({ ...situation, files: ["lib/Makefile"] })).toEqual({
    runtime: make,
    argv: [],
    planned: "lib/Makefile",
  });
});

test("a typed command is for the runtime whose programs its first word starts, the offered one first", () => {
  const c = runtime("c", ".c", { run: ["{out}/program"], build: ["c-file", "{file}", "{out}"] });
  const web = runtime("web", ".html", { run: ["node", "serve.js", "{file}"] });
  const of = (word: string | undefined, offered = c): string | undefined =>
    runtimeOfCommand({ runtimes: [c, node, python, web], offered }, word)?.name;
  expect([of("python3"), of("node"), of("node", web), of("make"), of(undefined)]).toEqual([
    "python",
    "node",
    "web",
    undefined,
    undefined,
  ]);
});
