import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { syscalls } from "../../kernel/abi/index.ts";
import { Instance } from "../setup/instance.ts";
import { processes } from "../system/caller.ts";
import { seenOf, wantedOf } from "./expected.ts";
import { type ExpectedOfProgram, languages, programsDir, programsOf } from "./program.ts";

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

/** What it left of what it is to leave. */
const leftOf = ({ files }: ExpectedOfProgram): object =>
  Object.fromEntries(Object.keys(files).map((path) => [path, readFileSync(join(filesDir, path), "utf8")]));

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

  test.concurrent.each(programs)("$file", { timeout: 180_000 }, async ({ file, expected }) => {
    const rights = ["--cap", "FS_READ:/project", "--cap", "FS_WRITE:/project"];
    const ended = await instance.cli(["run", "--project", language, ...rights, file, ...expected.args], {
      input: expected.stdin,
    });
    expect(seenOf(ended, expected)).toEqual(wantedOf(expected));
    expect(leftOf(expected)).toEqual(expected.files);
  });

  test("nothing of it goes on", async () => {
    expect(await processes(instance)).toEqual([]);
  });
});
