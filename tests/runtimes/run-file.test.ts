import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import type { ProcessView, ProjectView } from "../../kernel/abi/index.ts";
import { type Finished, Instance } from "../setup/instance.ts";
import { addPerson, setRole } from "../system/person.ts";
import { importProject, processes } from "../system/caller.ts";

/** A file is run by its name: built once, in a process of its own with no more rights than that needs, then started. */

const program = (word: string): string =>
  `#include <stdio.h>\n#include "word.h"\nint main(void) { puts("${word} " WORD); return 3; }\n`;

let instance: Instance;
let project: ProjectView;
let folder: string;
beforeAll(async () => {
  instance = await Instance.start();
  folder = mkdtempSync(join(tmpdir(), "superos-file-"));
  project = await importProject(
    instance,
    "greeting",
    rawArchive({ name: "main.c", content: program("hello") }, { name: "word.h", content: '#define WORD "world"\n' }),
  );
}, 20 * 60_000);
afterAll(async () => {
  await instance?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...words: string[]): Promise<Finished> => instance.cli(["run", "--project", "greeting", ...words]);
const write = async (path: string, content: string): Promise<void> => {
  const reply = await instance.api(`/api/v1/projects/${project.id}/content?path=${path}`, {
    method: "PUT",
    body: content,
  });
  expect(reply.status).toBe(200);
};
const builds = async (): Promise<ProcessView[]> =>
  (await processes(instance, true)).filter(({ argv }) => argv[0] === "superos-build");

test("is compiled by a process of its own, which may read the project and write its outputs, and no more", async () => {
  const { code, stdout } = await run("main.c");
  expect([code, stdout.toString()]).toEqual([3, "hello world\n"]);
  const [build, ...others] = await builds();
  expect(others).toEqual([]);
  expect(build?.state).toMatchObject({ phase: "exited", outcome: { kind: "code", code: 0 } });
  const rights = build?.table.filter((entry) => !/^(CPU|MEM|PIDS|TIME|DISK|OUT):/.test(entry));
  expect(rights).toEqual(["FS_READ:/project", "FS_WRITE:/project/.superos/build"]);
});

test("is not compiled again while its sources are the same, and is when one of them changes", async () => {
  const before = (await builds()).length;
  expect((await run("main.c")).code).toBe(3);
  expect(await builds()).toHaveLength(before);
  await write("word.h", '#define WORD "moon"\n');
  const { stdout } = await run("main.c");
  expect(stdout.toString()).toBe("hello moon\n");
  expect(await builds()).toHaveLength(before + 1);
});

test("that the compiler refuses is not run: 126, its messages on stderr, and as data", async () => {
  await write("bad.c", "int main(void) {\n\t/* größe */ return nothing;\n}\n");
  const ran = await run("bad.c");
  expect([ran.code, ran.stdout.toString()]).toEqual([126, ""]);
  expect(ran.stderr).toContain("bad.c was not run: its build failed");
  const pid = (await builds()).at(-1)?.pid ?? 0;
  const errors = await instance.cli(["errors", String(pid), "--json"]);
  expect(JSON.parse(errors.stdout.toString())).toMatchObject({
    diagnostics: [{ kind: "error", file: "bad.c", line: 2, column: 21 }, {}],
  });
});

test("that nobody knows how to run, or that is not there, is refused with what to do", async () => {
  expect(await run("missing.c")).toMatchObject({ code: 125, stderr: expect.stringContaining("no file missing.c") });
  expect(await run("--runtime", "c", "main.zig")).toMatchObject({
    code: 125,
    stderr: expect.stringContaining("the runtime c does not run files like main.zig"),
  });
});

test("of this machine is put into the person's scratch project, and found built the next time", async () => {
  const path = join(folder, "own.c");
  writeFileSync(path, "#include <stdio.h>\nint main(void) { int c; while ((c = getchar()) != EOF) putchar(c); }\n");
  expect(await instance.cli(["run", path], { input: "one" })).toMatchObject({ code: 0, stdout: Buffer.from("one") });
  const before = (await builds()).length;
  expect(await instance.cli(["run", path], { input: "two" })).toMatchObject({ code: 0, stdout: Buffer.from("two") });
  expect(await builds()).toHaveLength(before);
});

test("is run by who may only run, once somebody has built it who may write", async () => {
  const anna = await addPerson(instance, "anna");
  await setRole(instance, { project: project.id, user: "anna" }, "runner");
  const env = { SUPEROS_URL: instance.url, SUPEROS_TOKEN: anna.secret };
  const hers = (file: string): Promise<Finished> => instance.cli(["run", "--project", "greeting", file], { env });
  await run("main.c");
  expect((await hers("main.c")).code).toBe(3);
  await write("new.c", program("new"));
  const refused = await hers("new.c");
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("FS_WRITE")]);
});

test("gives its compiler what --build-cap names besides, of what the person may hand on", async () => {
  await write("own.c", program("own"));
  const refused = await run("--build-cap", "NET_CONNECT:10.1.2.3:443", "own.c");
  expect([refused.code, refused.stderr]).toEqual([125, expect.stringContaining("NET_CONNECT:10.1.2.3:443")]);
  const { code, stdout } = await run("--build-cap", "NET_CONNECT:example.org:443", "--build-cap", "MEM:640Mi", "own.c");
  expect([code, stdout.toString()]).toEqual([3, expect.stringMatching(/^own \w+\n$/)]);
  const table = (await builds()).at(-1)?.table ?? [];
  expect(table).toContain("NET_CONNECT:example.org:443");
  expect(table.filter((entry) => entry.startsWith("MEM:"))).toEqual(["MEM:640Mi"]);
  expect((await processes(instance, true)).at(-1)?.table).not.toContain("NET_CONNECT:example.org:443");
});

test("says so where nothing is built that --build-cap could be for", async () => {
  await write("plain.py", "print(1)\n");
  expect(await run("--build-cap", "MEM:1Gi", "plain.py")).toMatchObject({
    code: 125,
    stderr: expect.stringContaining("plain.py is run as it is, so that no build gets MEM:1Gi"),
  });
});
