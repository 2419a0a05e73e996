import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runtimeViewSchema, syscalls } from "../../kernel/abi/index.ts";
import { checkout, Instance } from "../setup/instance.ts";

/** A language is one folder, and no other change. */

let images: string;
let instance: Instance;

const manifest = {
  name: "shout",
  title: "Shout",
  version: ["shout", "--version"],
  files: [
    {
      endings: [".shout"],
      build: { argv: ["shout", "{file}", "{out}/program"], table: ["MEM:64Mi"] },
      run: ["sh", "{out}/program"],
    },
  ],
  quotas: ["CPU:1", "MEM:64Mi", "PIDS:32", "DISK:256Mi", "TIME:1m", "OUT:1Mi"],
};
const compiler = `#!/bin/sh
[ "$1" != --version ] || { echo "shout 1.0"; exit; }
grep -q . "$1" || { echo "$1:1:1: error: nothing to shout" >&2; exit 1; }
tr a-z A-Z <"$1" | sed 's/.*/echo "&"/' >"$2"
`;

beforeAll(async () => {
  images = mkdtempSync(join(tmpdir(), "superos-images-"));
  cpSync(join(checkout, "images", "base"), join(images, "base"), { recursive: true });
  const folder = join(images, "shout");
  mkdirSync(folder);
  writeFileSync(join(folder, "runtime.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "shout"), compiler);
  const dockerfile = ["ARG BASE", "FROM ${BASE}", "COPY shout /usr/local/bin/", "RUN chmod 0755 /usr/local/bin/shout"];
  writeFileSync(join(folder, "Dockerfile"), `${dockerfile.join("\n")}\n`);
  instance = await Instance.start({ env: { SUPEROS_IMAGES: images } });
});
afterAll(async () => {
  await instance?.remove();
  rmSync(images, { recursive: true, force: true });
});

test("a folder is a runtime: listed, built when it is first used, and run by its ending", async () => {
  const list = async (): Promise<unknown> =>
    syscalls.runtime_list.response.parse(await (await instance.api("/api/v1/runtimes")).json()).runtimes;
  const before = await list();
  expect(before).toMatchObject([{ name: "shout" }]);
  const source = join(images, "hello.shout");
  writeFileSync(source, "hello\n");
  const ran = await instance.cli(["run", source]);
  expect([ran.code, ran.stdout.toString(), ran.stderr]).toEqual([0, "HELLO\n", expect.any(String)]);
  expect(await list()).toMatchObject([{ name: "shout", state: "ready", version: "shout 1.0" }]);
});

test("what its compiler refuses is not run, and is told apart", async () => {
  const source = join(images, "empty.shout");
  writeFileSync(source, "");
  const ran = await instance.cli(["run", source]);
  expect([ran.code, ran.stdout.toString()]).toEqual([126, ""]);
  expect(ran.stderr).toContain("error: nothing to shout");
  expect(ran.stderr).toContain("was not run: its build failed");
});

test("its image is built again when the folder has changed", async () => {
  writeFileSync(join(images, "shout", "shout"), compiler.replace("1.0", "2.0"));
  const built = await instance.cli(["images", "build", "shout", "--json"]);
  const [view] = JSON.parse(built.stdout.toString()) as unknown[];
  expect(runtimeViewSchema.parse(view)).toMatchObject({ state: "ready", version: "shout 2.0" });
});
