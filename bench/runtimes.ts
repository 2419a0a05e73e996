import { mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { z } from "zod";
import { runtimeManifestSchema, type RuntimeView, runtimeViewSchema } from "../kernel/abi/index.ts";
import { rawArchive } from "../kernel/fs/raw-archive.ts";
import { checkout, type Instance } from "../tests/setup/instance.ts";
import { importProject } from "../tests/system/caller.ts";
import type { Plan } from "../ui/gateway/plan/plan.ts";
import { BareTool, buildStarter, dockerRun, type Plain, type Took } from "./bare.ts";
import { Gateway } from "./gateway.ts";
import { helloOf } from "./hello.ts";
import { type ImageSize, sizeOf } from "./image-size.ts";
import { amountOf, type Hello, User } from "./runtime-user.ts";
import { startCommand } from "./spawn.ts";
import { type Summary, summarize } from "./statistics.ts";

/**
 * Each runtime's hello: from asking how it is run to its first byte, beside `docker run` of the same image and beside the bare
 * tool in a container that runs already.
 *
 * All are started with the runtime's own quotas and write the same. Warm is with an embryo of the shape, cold is with a shape
 * that nobody has used; both are counted only where the pool's own counters say so. What has to be compiled is there then,
 * and building it after a change is a figure of its own. A runtime without a file that says hello says its version.
 */

export interface RuntimeResult extends ImageSize {
  name: string;
  program: string;
  warmMs: Summary;
  /** Of that, until it was known how the file is run. */
  planMs: Summary | undefined;
  coldMs: Summary;
  /** From asking for a file that has changed, its compilation included. */
  changedMs: Summary | undefined;
  dockerMs: Summary | undefined;
  bareMs: Summary | undefined;
}

export interface RuntimesResult {
  measured: RuntimeResult[];
  left: { name: string; why: string }[];
}

export interface RuntimesOptions {
  rounds: number;
  /** A command line of the CLI. */
  cli: readonly [string, ...string[]];
  compared: boolean;
  tell: (text: string) => void;
}

const listSchema = z.object({ runtimes: z.array(runtimeViewSchema) });

const labelOf = ({ what }: Hello): string => ("file" in what ? what.file : "its version");

export async function measureRuntimes(instance: Instance, options: RuntimesOptions): Promise<RuntimesResult> {
  const { compared, tell } = options;
  using gateway = new Gateway(instance);
  const { runtimes } = await gateway.get("/runtimes", listSchema);
  for (const { name, state } of runtimes)
    if (state === "missing") {
      tell(`${name}: building its image, which takes a while`);
      await buildImage(instance, name, options.cli);
    }
  const { runtimes: built } = await gateway.get("/runtimes", listSchema);

  // In its home, which goes with it however this ends.
  const folder = mkdtempSync(join(instance.home, "bench-"));
  const compiler = built.find(({ name }) => name === "c")?.image ?? undefined;
  if (compared && compiler !== undefined) await buildStarter(compiler, folder);
  const starter = compared && compiler !== undefined ? folder : undefined;

  const measured: RuntimeResult[] = [];
  const left: RuntimesResult["left"] = [];
  for (const runtime of built) {
    const { name, state, problem } = runtime;
    if (state === "ready") measured.push(await measureOne({ instance, gateway, starter }, runtime, options));
    else left.push({ name, why: problem ?? state });
  }
  return { measured, left };
}

async function buildImage(instance: Instance, name: string, cli: RuntimesOptions["cli"]): Promise<void> {
  const [command, ...args] = cli;
  const env = { ...process.env, SUPEROS_HOME: instance.home };
  // Its reason stands in the list of runtimes, where it fails.
  const child = startCommand(command, [...args, "images", "build", name], env);
  child.stdout?.resume();
  await once(child, "close");
}

interface Where {
  instance: Instance;
  gateway: Gateway;
  /** The folder of the starter, where it could be compiled. */
  starter: string | undefined;
}

async function measureOne(where: Where, runtime: RuntimeView, options: RuntimesOptions): Promise<RuntimeResult> {
  const { rounds, compared, tell } = options;
  const { instance, gateway, starter } = where;
  const { name } = runtime;
  const hello = await prepare(instance, runtime);
  tell(`${name}: ${labelOf(hello)}`);

  const user = new User(gateway, hello);
  const { plan } = await user.run();
  const plain = plainOf(instance, hello, plan);
  const same = ({ firstByteMs, bytes }: Took): number => {
    if (bytes !== user.bytes) throw new Error(`${name}: wrote ${bytes} bytes without SuperOS, ${user.bytes} with it`);
    return firstByteMs;
  };
  await using bare = starter === undefined ? undefined : new BareTool(plain, starter);
  // What nobody has opened in that container yet is found by the first.
  if (bare !== undefined) same(await bare.run());

  type Kind = "warm" | "plan" | "cold" | "docker" | "bare" | "changed";
  const took: Record<Kind, number[]> = { warm: [], plan: [], cold: [], docker: [], bare: [], changed: [] };
  const ways = [
    async () => {
      const { firstByteMs, planMs } = await user.warm();
      took.warm.push(firstByteMs);
      if (plan !== undefined) took.plan.push(planMs);
    },
    async () => void took.cold.push((await user.cold()).firstByteMs),
    ...(compared ? [async () => void took.docker.push(same(await dockerRun(plain)))] : []),
    ...(bare === undefined ? [] : [async () => void took.bare.push(same(await bare.run()))]),
  ];
  for (let round = 0; round < rounds; round += 1)
    for (let turn = 0; turn < ways.length; turn += 1) {
      // What is made and removed after one is in the time of none; and each finds memory that was just in use, where a
      // virtual machine gives its host back what it has not touched for a while.
      if (bare !== undefined) same(await bare.run());
      await user.settle();
      await ways[(round + turn) % ways.length]?.();
    }
  for (let round = 0; user.builds && round < Math.min(rounds, 3); round += 1) took.changed.push(await user.change());

  const some = (all: readonly number[]): Summary | undefined => (all.length === 0 ? undefined : summarize(all));
  return {
    name,
    program: labelOf(hello),
    ...(await sizeOf(plain.image)),
    warmMs: summarize(took.warm),
    planMs: some(took.plan),
    coldMs: summarize(took.cold),
    changedMs: some(took.changed),
    dockerMs: some(took.docker),
    bareMs: some(took.bare),
  };
}

/** A project with the file alone. */
async function prepare(instance: Instance, runtime: RuntimeView): Promise<Hello> {
  const { name, files } = runtime;
  const folder = join(checkout, "images", name);
  const smoke = join(folder, "smoke");
  const endings = files.flatMap((recipe) => recipe.endings);
  const file = helloOf(readdirSync(smoke), endings);
  const content = file === undefined ? Buffer.alloc(0) : readFileSync(join(smoke, file));
  const { id } = await importProject(instance, `bench-${name}`, rawArchive({ name: file ?? "empty", content }));
  if (file !== undefined) return { runtime, project: id, what: { file, content } };
  const manifest = runtimeManifestSchema.parse(JSON.parse(readFileSync(join(folder, "runtime.json"), "utf8")));
  return { runtime, project: id, what: { argv: manifest.version } };
}

function plainOf(instance: Instance, { runtime, project, what }: Hello, plan: Plan | undefined): Plain {
  const filesDir = join(instance.home, "projects", project, "files");
  const { quotas, image } = runtime;
  return {
    image: image ?? "",
    argv: plan?.run.argv ?? ("argv" in what ? what.argv : []),
    cwd: plan?.run.cwd ?? "/tmp",
    filesDir,
    uid: statSync(filesDir).uid,
    quotas: {
      cpus: amountOf(quotas, "CPU"),
      // Docker writes the same units with a letter less.
      memory: amountOf(quotas, "MEM").replace(/i$/, ""),
      pids: amountOf(quotas, "PIDS"),
    },
  };
}
