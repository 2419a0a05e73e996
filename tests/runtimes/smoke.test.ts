import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { syscalls } from "../../kernel/abi/index.ts";
import { checkout, Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { processes } from "../system/caller.ts";
import { expectedSchema, matched, seenOf, wantedOf } from "./expected.ts";
import { servedPage } from "./served-page.ts";

/** The smoke programs of each runtime, run by the command as people run them. What they must do is in `smoke/`. */

const smokeSchema = expectedSchema.extend({
  run: z.string().optional(),
  /** In the place of `run`: a program of the image. */
  argv: z.array(z.string()).optional(),
  /** What it gets besides reading the project. */
  rights: z.array(z.string()).default([]),
  /** It goes on, and is asked on its port. */
  serves: z.strictObject({ port: z.number(), path: z.string(), expect: z.string() }).optional(),
  /** What runs meanwhile: the words after `superos run -d`, and what that says once it is ready. */
  beside: z.strictObject({ words: z.array(z.string()), says: z.string() }).optional(),
});
type Smoke = z.output<typeof smokeSchema>;

const images = join(checkout, "images");
const runtimes = readdirSync(images).filter((name) => existsSync(join(images, name, "runtime.json")));
const smokeDir = (runtime: string): string => join(images, runtime, "smoke");

function smokeOf(runtime: string): Smoke[] {
  const path = join(checkout, "tests", "runtimes", "smoke", `${runtime}.json`);
  return existsSync(path) ? z.array(smokeSchema).parse(JSON.parse(readFileSync(path, "utf8"))) : [];
}

const wordsOf = ({ run, argv, args }: Smoke): string[] =>
  run === undefined ? ["--", ...(argv ?? []), ...args] : [run, ...args];
const titleOf = (smoke: Smoke): string => [...wordsOf(smoke), smoke.serves?.path].join(" ").trim();

const runtimeList = syscalls.runtime_list.response;

let instance: Instance;
beforeAll(async () => {
  instance = await Instance.start();
});
afterAll(async () => {
  await instance?.remove();
});

/** What a command says that has to end well. */
async function done(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await instance.cli(args);
  if (code !== 0) throw new Error(`superos ${args.join(" ")} ended with ${code}: ${stderr}`);
  return stdout.toString("utf8").trim();
}

/** Builds the image. Says why there is none where it comes from elsewhere and is not to be had; any other failure is one. */
async function build(runtime: string): Promise<string | undefined> {
  const { code, stderr } = await instance.cli(["images", "build", runtime]);
  if (code === 0) return undefined;
  const { runtimes: views } = runtimeList.parse(await (await instance.api("/api/v1/runtimes")).json());
  const view = views.find(({ name }) => name === runtime);
  if (view?.state === "unavailable") return view.problem ?? "";
  throw new Error(`the image of ${runtime} was not built: ${stderr}`);
}

/** Starts what goes on, for as long as something is asked of it. */
async function meanwhile<T>(words: readonly string[], ask: (pid: string) => Promise<T>): Promise<T> {
  const pid = await done("run", "-d", ...words);
  try {
    return await ask(pid);
  } finally {
    await done("kill", pid);
  }
}

/** What was seen of what it must do. */
async function seen(words: readonly string[], smoke: Smoke): Promise<unknown> {
  const { serves, stdin } = smoke;
  if (serves === undefined) return seenOf(await instance.cli(["run", ...words], { input: stdin }), smoke);
  return matched(await meanwhile(words, (pid) => servedPage(instance, pid, serves)), serves.expect);
}

const logsOf = async (pid: string): Promise<string> => (await instance.cli(["logs", pid])).stderr;

describe.each(runtimes)("of %s", (runtime) => {
  const programs = smokeOf(runtime);
  let missing: string | undefined;
  beforeAll(async () => {
    missing = await build(runtime);
    if (missing === undefined) await done("project", "import", smokeDir(runtime), "--name", runtime);
    else process.stderr.write(`the smoke programs of ${runtime} are not run: ${missing}\n`);
  }, 20 * 60_000);

  test("each is run", () => {
    const words = programs.map((each) => titleOf(each)).join("\n");
    expect(readdirSync(smokeDir(runtime)).filter((name) => !words.includes(name))).toEqual([]);
  });

  test.for(programs.map((smoke) => ({ title: titleOf(smoke), smoke })))("$title", async ({ smoke }, { skip }) => {
    skip(missing !== undefined, missing);
    const { serves, beside, rights } = smoke;
    const project = ["--project", runtime];
    const words = [...project, "--runtime", runtime, ...rights.flatMap((each) => ["--cap", each]), ...wordsOf(smoke)];
    const did =
      beside === undefined
        ? seen(words, smoke)
        : meanwhile([...project, ...beside.words], async (pid) => {
            await waitFor(beside.says, async () => (await logsOf(pid)).includes(beside.says));
            return seen(words, smoke);
          });
    expect(await did).toEqual(serves === undefined ? wantedOf(smoke) : serves.expect);
  });

  test("nothing of them goes on", async () => {
    expect(await processes(instance)).toEqual([]);
  });
});
