import { describe, expect, it } from "vitest";
import { type ProcessView, processViewSchema, projectIdSchema } from "../../../kernel/abi/index.ts";
import { forestOf, formatForest, nested, summaryOf } from "./tree.ts";

const site = { id: "abcdefghij", name: "site" };
const blog = { id: "bcdefghijk", name: "blog" };

function view(pid: number, parent: number | null, more: Record<string, unknown> = {}): ProcessView {
  return processViewSchema.parse({
    pid,
    parent,
    kind: "container",
    name: "python",
    project: site,
    runtime: "python",
    image: null,
    argv: ["run", String(pid)],
    cwd: null,
    table: [],
    state: { phase: "running", startedAt: 1 },
    createdAt: 1,
    startedBy: null,
    user: "anna",
    endpoint: null,
    class: "foreground",
    tty: null,
    container: null,
    usage: null,
    output: { stdoutBytes: 0, stderrBytes: 0 },
    ...more,
  });
}

const node = { argv: [], runtime: null, user: null };
const ended = { state: { phase: "exited", endedAt: 2, outcome: { kind: "code", code: 3 } } };
const processes = [
  view(1, null, { ...node, kind: "kernel", name: "kernel", project: null }),
  view(2, 1, { ...node, kind: "service", name: "policy", project: null }),
  view(4, 1, { ...node, kind: "root", name: "none", project: null }),
  view(5, 1, { ...node, kind: "root", name: "site" }),
  view(6, 1, { ...node, kind: "root", name: "blog", project: blog }),
  view(7, 1, { ...node, kind: "session", name: "anna", project: null, user: "anna" }),
  view(10, 5, { table: ["FS_READ:/project", "CPU:1", "MEM:512Mi", "OUT:1Mi"], endpoint: "db" }),
  view(11, 10),
  view(12, 10, ended),
  view(13, 5, ended),
  view(14, 13),
  view(15, 7),
  view(16, 6, { project: blog }),
];

const shown = (options: { all: boolean; project?: string }, style: "unicode" | "ascii" = "unicode"): string[] => {
  const project = options.project === undefined ? undefined : projectIdSchema.parse(options.project);
  return formatForest(forestOf(processes, { all: options.all, project }), { style, now: 1 })
    .trimEnd()
    .split("\n");
};

describe("the tree of processes", () => {
  it("has the projects and sessions as its roots, and below each what it started", () => {
    expect(shown({ all: false })).toEqual([
      "PROCESS         STATE               USER  COMMAND  RIGHTS",
      "6 project blog  running             -     -        -",
      "└─ 16           running             anna  run 16   -",
      "5 project site  running             -     -        -",
      "├─ 10 db        running             anna  run 10   FS_READ:/project CPU:1 MEM:512Mi",
      "│  └─ 11        running             anna  run 11   -",
      "└─ 13           exited with code 3  anna  run 13   -",
      "   └─ 14        running             anna  run 14   -",
      "7 session       running             anna  -        -",
      "└─ 15           running             anna  run 15   -",
    ]);
  });

  it("shows what has ended and the kernel's own entries only when asked", () => {
    const all = shown({ all: true }).map((line) => line.replace(/ +(running|exited) .*/, ""));
    expect(all).toContain("│  └─ 12");
    expect(all.slice(-2)).toEqual(["1 kernel", "└─ 2 service"]);
    expect(all).toContain("4 no project");
    expect(shown({ all: false }).join("\n")).not.toMatch(/─ 12|kernel|no project/);
  });

  it("of one project has what belongs to it, below sessions, too", () => {
    const one = shown({ all: false, project: site.id }).map((line) => line.split(" ")[0]);
    expect(one).toEqual(["PROCESS", "5", "├─", "│", "└─", "", "7", "└─"]);
    expect(shown({ all: true, project: blog.id })).toHaveLength(3);
  });

  it("is drawn without a character beyond ASCII where that cannot be shown", () => {
    const drawn = shown({ all: false }, "ascii");
    expect(drawn.join("")).toMatch(/^[ -~]*$/);
    expect(drawn[4]).toMatch(/^\|- 10 db/);
    expect(drawn[5]).toMatch(/^\| {2}`- 11/);
  });

  it("is nested for programs, each process with its children in it", () => {
    const [first] = forestOf(processes, { all: false, project: projectIdSchema.parse(blog.id) }).map(nested);
    expect(first?.pid).toBe(6);
    expect(first?.children.map((child) => [child.pid, child.children])).toEqual([[16, []]]);
  });

  it("leaves room for the rights on a terminal, however long a command is", () => {
    const long = [view(30, null, { argv: ["x".repeat(500)], table: ["FS_READ:/project"] })];
    const forest = forestOf(long, { all: false });
    expect(formatForest(forest, { style: "unicode", now: 1, columns: 100 })).toMatch(/ x{39}…  FS_READ:\/project\n$/);
    expect(formatForest(forest, { style: "unicode", now: 1 })).toMatch(/ x{500} {2}FS_READ:\/project\n$/);
  });

  it("shows a process whose parent is not seen as a root, and keeps a forged line out", () => {
    const stray = [view(30, 29, { argv: ["a\n└─ 99 forged\u001b[2J"] })];
    const text = formatForest(forestOf(stray, { all: false }), { style: "unicode", now: 1 });
    expect(text.split("\n")).toHaveLength(3);
    expect(text).toContain(String.raw`a\n└─ 99 forged\e[2J`);
  });
});

describe("a table in a few words", () => {
  it("names the rights first, counts several of one kind, and leaves out quotas but CPU and MEM", () => {
    expect(summaryOf(["CPU:1", "TIME:1d", "NET_CONNECT:a.org", "NET_CONNECT:b.org", "PROC_SPAWN", "PROC_SPAWN"])).toBe(
      "NET_CONNECT(2) PROC_SPAWN CPU:1",
    );
    expect(summaryOf(["OUT:1Mi"])).toBe("-");
  });
});
