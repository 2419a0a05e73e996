import { createHash } from "node:crypto";
import { constants } from "node:os";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { runtimeViewSchema, syscalls } from "../../kernel/abi/index.ts";
import { type Finished, Instance } from "../setup/instance.ts";
import { processes } from "../system/caller.ts";
import { type Expected, languages, programsDir, programsOf } from "./program.ts";

/** Programs in each main language, run as people run them: by their name, from a project. */

const runtimeOf: Readonly<Record<string, string>> = {
  cpp: "c",
  javascript: "node",
  typescript: "node",
};
const buildMs = 20 * 60_000;

let instance: Instance;
beforeAll(async () => {
  instance = await Instance.start();
});
afterAll(async () => {
  await instance?.remove();
});

const projectList = syscalls.project_list.response;
const builtList = z.array(runtimeViewSchema);

const signalOf = (name: string): number => new Map<string, number>(Object.entries(constants.signals)).get(name) ?? 0;

function exitCodeOf({ code, signal, compileError }: Expected): number {
  if (compileError) return 126;
  return signal === undefined ? (code ?? 0) : 128 + signalOf(signal);
}

function requireOutput({ stdout, stderr, code }: Finished, expected: Expected): void {
  const said = { code, stderr: stderr.slice(0, 2000) };
  expect(said).toMatchObject({ code: exitCodeOf(expected) });
  if (expected.stdout !== undefined) expect(stdout.toString("utf8")).toBe(expected.stdout);
  if (expected.stdoutBytes !== undefined) expect(stdout.length).toBe(expected.stdoutBytes);
  if (expected.stdoutSha256 !== undefined)
    expect(createHash("sha256").update(stdout).digest("hex")).toBe(expected.stdoutSha256);
  if (expected.stderr !== undefined) expect(stderr).toMatch(new RegExp(expected.stderr));
}

describe.each(languages)("in %s", (language) => {
  const programs = programsOf(language);
  let filesDir = "";

  beforeAll(async () => {
    const runtime = runtimeOf[language] ?? language;
    const built = await instance.cli(["images", "build", runtime, "--json"]);
    expect([built.stderr, built.code]).toEqual([expect.any(String), 0]);
    expect(builtList.parse(JSON.parse(built.stdout.toString()))).toMatchObject([{ name: runtime, state: "ready" }]);
    const imported = await instance.cli(["project", "import", programsDir(language), "--name", language]);
    expect([imported.stderr, imported.code]).toEqual([expect.any(String), 0]);
    const { projects } = projectList.parse(await (await instance.api("/api/v1/projects")).json());
    const id = projects.find(({ name }) => name === language)?.id ?? "";
    filesDir = join(instance.home, "projects", id, "files");
  }, buildMs);

  test("there are at least 25 programs", () => {
    expect(programs.length).toBeGreaterThanOrEqual(25);
  });

  test.each(programs)("$file", { timeout: 180_000 }, async ({ file, expected }) => {
    const rights = ["--cap", "FS_READ:/project", "--cap", "FS_WRITE:/project"];
    const ended = await instance.cli(["run", "--project", language, ...rights, file, ...expected.args], {
      input: expected.stdin,
    });
    requireOutput(ended, expected);
    for (const [path, content] of Object.entries(expected.files)) {
      expect(readFileSync(join(filesDir, path), "utf8")).toBe(content);
    }
  });

  test("nothing of it goes on", async () => {
    expect(await processes(instance)).toEqual([]);
  });
});
