import { createHash } from "node:crypto";
import { constants } from "node:os";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { syscalls } from "../../kernel/abi/index.ts";
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
/** Where the files of the language's project are. */
let filesDir = "";
beforeAll(async () => {
  instance = await Instance.start();
});
afterAll(async () => {
  await instance?.remove();
});

const projectList = syscalls.project_list.response;

const signalOf = (name: string): number => new Map<string, number>(Object.entries(constants.signals)).get(name) ?? 0;

function exitCodeOf({ code, signal, compileError }: Expected): number {
  if (compileError) return 126;
  return signal === undefined ? (code ?? 0) : 128 + signalOf(signal);
}

/** What was seen of what is expected. */
function seenOf({ stdout, stderr, code }: Finished, expected: Expected): object {
  return {
    code,
    stdout: expected.stdout === undefined ? undefined : stdout.toString("utf8"),
    stdoutBytes: expected.stdoutBytes === undefined ? undefined : stdout.length,
    stdoutSha256: expected.stdoutSha256 === undefined ? undefined : createHash("sha256").update(stdout).digest("hex"),
    stderr: new RegExp(expected.stderr ?? "").test(stderr) ? expected.stderr : stderr.slice(0, 4000),
    files: Object.fromEntries(
      Object.keys(expected.files).map((path) => [path, readFileSync(join(filesDir, path), "utf8")]),
    ),
  };
}

const wantedOf = (expected: Expected): object => ({
  code: exitCodeOf(expected),
  stdout: expected.stdout,
  stdoutBytes: expected.stdoutBytes,
  stdoutSha256: expected.stdoutSha256,
  stderr: expected.stderr,
  files: expected.files,
});

/** Of a command that has to end well. */
async function done(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await instance.cli(args);
  if (code !== 0) throw new Error(`superos ${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout.toString("utf8");
}

describe.each(languages)("in %s", (language) => {
  const programs = programsOf(language);

  beforeAll(async () => {
    const runtime = runtimeOf[language] ?? language;
    await done(["images", "build", runtime]);
    await done(["project", "import", programsDir(language), "--name", language]);
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
    expect(seenOf(ended, expected)).toEqual(wantedOf(expected));
  });

  test("nothing of it goes on", async () => {
    expect(await processes(instance)).toEqual([]);
  });
});
