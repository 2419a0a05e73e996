import { describe, expect, test } from "vitest";
import { runtimeNameSchema, type RuntimeView } from "../../../kernel/abi/index.ts";
import { chooseForFile, chooseForProject, keyOf, planOf, sourcesOf } from "./plan.ts";

const view = (name: string, more: Partial<RuntimeView>): RuntimeView => ({
  name: runtimeNameSchema.parse(name),
  title: name,
  files: [],
  projects: [],
  errors: [],
  quotas: [],
  state: "ready",
  progress: null,
  problem: null,
  version: "1",
  image: `sha256:${name}`,
  imageBytes: 1,
  ...more,
});
const c = view("c", {
  files: [
    {
      endings: [".c"],
      build: { argv: ["gcc", "-o", "{out}/program", "{file}"], table: ["MEM:1Gi"] },
      sources: ["*.h"],
      run: ["{out}/program"],
    },
  ],
  projects: [
    { marker: "Makefile", build: { argv: ["make", "-C", "{dir}"], table: [] }, sources: [], run: ["{out}/program"] },
  ],
});
const python = view("python", {
  files: [{ endings: [".py"], build: null, sources: [], run: ["python3", "{file}"] }],
});
const engine = view("engine", {
  projects: [{ marker: "*.uproject", build: null, sources: [], run: ["run", "{file}", "{dir}"] }],
});
const asked = { runtimes: [c, engine, python], runtime: null };

describe("what runs a file", () => {
  test("is the runtime for its ending, however that is written, or for its name", () => {
    expect(chooseForFile(asked, "src/main.PY").runtime).toBe(python);
    expect(chooseForFile(asked, "sub/Makefile").recipe).toBe(c.projects[0]);
    expect(chooseForFile(asked, "Game.uproject").runtime).toBe(engine);
  });

  test("is the one that was named, or none", () => {
    expect(() => chooseForFile({ ...asked, runtime: "python" }, "a.c")).toThrow("does not run files like a.c");
    expect(() => chooseForFile({ ...asked, runtime: "cobol" }, "a.c")).toThrow('no runtime "cobol"');
    expect(() => chooseForFile(asked, "a.txt")).toThrow("no runtime runs files like a.txt");
  });

  test("is for a project the one most of whose build files are at its top, of equals the first", () => {
    const web = view("web", {
      projects: ["vite.config.ts", "index.html"].map((marker) => ({ marker, build: null, sources: [], run: ["web"] })),
    });
    const runtimes = [...asked.runtimes, web];
    expect(chooseForProject({ runtimes, runtime: null }, ["Makefile", "index.html", "vite.config.ts"]).runtime).toBe(
      web,
    );

    expect(chooseForProject(asked, ["README", "Makefile", "G.uproject"])).toMatchObject({
      runtime: c,
      file: "Makefile",
    });
    expect(() => chooseForProject(asked, ["README"])).toThrow("no build file");
  });
});

describe("a plan", () => {
  const choice = chooseForFile(asked, "src/my file.c");

  test("for what is run as it is names no build", () => {
    expect(planOf(chooseForFile(asked, "a/b.py"), null)).toEqual({
      runtime: "python",
      file: "a/b.py",
      build: null,
      run: { argv: ["python3", "/project/a/b.py"], cwd: "/project", table: ["FS_READ:/project"] },
    });
  });

  test("builds once: with the right to read the project and to write outputs, and no other but those of the recipe", () => {
    const out = "/project/.superos/build/0123";
    const run = { argv: [`${out}/program`], cwd: "/project", table: ["FS_READ:/project"] };
    expect(planOf(choice, { key: "0123", isBuilt: false, table: [] })).toEqual({
      runtime: "c",
      file: "src/my file.c",
      build: {
        argv: ["superos-build", out, "gcc", "-o", `${out}/program`, "/project/src/my file.c"],
        cwd: "/project/src",
        table: ["FS_READ:/project", "FS_WRITE:/project/.superos/build", "MEM:1Gi"],
      },
      run,
    });
    expect(planOf(choice, { key: "0123", isBuilt: true, table: [] })).toMatchObject({ build: null, run });
  });

  test("gives the build what was asked for besides, and a quota in the place of the recipe's", () => {
    const table = ["NET_CONNECT:10.0.0.5:443", "FS_READ:/project", "MEM:3Gi"];
    expect(planOf(choice, { key: "0123", isBuilt: false, table }).build?.table).toEqual([
      "FS_WRITE:/project/.superos/build",
      ...table,
    ]);
  });

  test("puts a name in as it is, whatever it holds", () => {
    const odd = chooseForFile(asked, "{out}$(id).py");
    expect(planOf(odd, null).run.argv).toEqual(["python3", "/project/{out}$(id).py"]);
  });

  test("depends on the sources of its kind, the image, the recipe and the file", () => {
    expect(sourcesOf(choice)).toEqual(["*.c", "*.h", "my file.c"]);
    const key = keyOf(choice, "digest");
    expect(keyOf(choice, "digest")).toBe(key);
    const others = [
      keyOf(choice, "other"),
      keyOf({ ...choice, file: "b.c" }, "digest"),
      keyOf({ ...choice, runtime: { ...c, image: "sha256:new" } }, "digest"),
    ];
    expect(new Set([key, ...others]).size).toBe(4);
  });
});
