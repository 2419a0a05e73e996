import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkout, type Finished, finish, Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";

/** Packages and repositories that come from another process of the project, to which NET_CONNECT names the way. */

const pip = ["python3", "-m", "pip", "--no-cache-dir"];
const intoIndex = ["--no-build-isolation", "--no-deps", "--wheel-dir", "/project/index/simple/chardet"];
const makeRepository = `
git init --quiet /tmp/work && cd /tmp/work
for version in 1 2; do echo $version >version && git add version && git commit --quiet --message "Version $version"; done
git clone --quiet --bare . /project/repository.git
`;
const cloneRepository = `
git clone --quiet git://127.0.0.1:9418/repository.git /tmp/copy && cd /tmp/copy
git log --reverse --format=%s && git fsck --strict && cat version
`;

let instance: Instance;
let folder: string;
beforeAll(async () => {
  instance = await Instance.start();
  folder = mkdtempSync(join(tmpdir(), "superos-remotes-"));
  await done(finish("sh", [join(checkout, "tests", "runtimes", "real", "python.sh"), folder]));
  mkdirSync(join(folder, "index", "simple", "chardet"), { recursive: true });
  writeFileSync(join(folder, "requirements.txt"), "--index-url http://127.0.0.1:8000/simple/\nchardet\n");
  writeFileSync(join(folder, "main.py"), "import chardet\nprint(chardet.__file__)\n");
  await done(instance.cli(["project", "import", folder, "--name", "remotes"]));
  for (const runtime of ["python", "git"]) await done(instance.cli(["images", "build", runtime]));
}, 20 * 60_000);
afterAll(async () => {
  await instance?.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function done(running: Promise<Finished>): Promise<string> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(`it ended with ${code}: ${stderr}`);
  return stdout.toString("utf8");
}

const run = (...words: string[]): Promise<Finished> => instance.cli(["run", "--project", "remotes", ...words]);
const files = ["--cap", "FS_READ:/project", "--cap", "FS_WRITE:/project"];

test("the packages of requirements.txt come from an index in the project, by a right of the build alone", async () => {
  const serve = ["python3", "-m", "http.server", "8000", "--bind", "127.0.0.1", "--directory", "/project/index"];
  const caps = ["--cap", "FS_READ:/project", "--cap", "NET_BIND:localhost:8000"];
  await done(run(...files, "--", ...pip, "wheel", ...intoIndex, "/project/chardet"));
  const pid = (await done(run("-d", "--name", "index", ...caps, "--", ...serve))).trim();
  const without = await run(".");
  expect([without.code, without.stderr]).toEqual([126, expect.stringContaining("No matching distribution found")]);
  const said = await done(run("--build-cap", "NET_CONNECT:index", "."));
  expect(said).toMatch(/^\/project\/\.superos\/build\/\w+\/venv\/\S+\/chardet\/__init__\.py\n$/);
  await done(instance.cli(["kill", pid]));
});

test("a repository is cloned from a git server in the project", async () => {
  await done(run("--runtime", "git", ...files, "--", "sh", "-c", makeRepository));
  const serve = [
    "git",
    "daemon",
    "--export-all",
    "--base-path=/project",
    "--listen=127.0.0.1",
    "--verbose",
    "/project",
  ];
  const caps = ["--cap", "FS_READ:/project", "--cap", "NET_BIND:localhost:9418"];
  const pid = (await done(run("-d", "--runtime", "git", "--name", "origin", ...caps, "--", ...serve))).trim();
  await waitFor("the server", async () => (await instance.cli(["logs", pid])).stderr.includes("Ready to rumble"));
  const clone = ["--runtime", "git", "--", "sh", "-c", cloneRepository];
  expect((await run(...clone)).code).not.toBe(0);
  expect(await done(run("--cap", "NET_CONNECT:origin", ...clone))).toBe("Version 1\nVersion 2\n2\n");
  await done(instance.cli(["kill", pid]));
});
