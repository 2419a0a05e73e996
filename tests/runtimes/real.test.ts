import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { lookup } from "node:dns/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { specialKind } from "../../egress/address.ts";
import { checkout, finish, type Finished, Instance } from "../setup/instance.ts";
import { servedPage } from "./served-page.ts";

/** Projects that nobody here wrote, fetched by package managers, imported and run by the command as a new user would. */

const dir = join(checkout, "tests", "runtimes", "real");
const realSchema = z.strictObject({
  runtime: z.string(),
  /** The script that fetches it into the directory that is its argument. */
  input: z.string(),
  run: z.string().optional(),
  /** In the place of `run`: a program of the image. */
  argv: z.array(z.string()).optional(),
  args: z.array(z.string()).default([]),
  stdin: z.string().default(""),
  /** Found in what is told while it is built. */
  buildExpect: z.string().default(""),
  expect: z.string().optional(),
  /** It goes on, and is asked on its port. */
  serves: z.strictObject({ port: z.number(), path: z.string(), expect: z.string() }).optional(),
});
type Real = z.output<typeof realSchema>;

const projects = readdirSync(dir)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({
    name: name.slice(0, -".json".length),
    real: realSchema.parse(JSON.parse(readFileSync(join(dir, name), "utf8"))),
  }));

/** Where mirrors with special addresses answer for the registry: the whole instance may reach these, and builds are given them. */
const addresses = await lookup("registry.npmjs.org", { all: true, family: 4 }).catch(() => []);
const mirrors = addresses
  .filter(({ address }) => specialKind(address) !== undefined)
  .map(({ address }) => `${address}:443`);
const fetchesPackages = ({ buildExpect }: Real): boolean => buildExpect.startsWith("added ");

let instance: Instance;
let fetched: string;
beforeAll(async () => {
  instance = await Instance.start({ env: { SUPEROS_NET_PRIVATE: mirrors.join(",") } });
  fetched = mkdtempSync(join(tmpdir(), "superos-real-"));
});
afterAll(async () => {
  await instance?.remove();
  rmSync(fetched, { recursive: true, force: true });
});

async function done(running: Promise<Finished>, what: string): Promise<Finished> {
  const ended = await running;
  if (ended.code !== 0)
    throw new Error(`${what} ended with ${ended.code}: ${ended.stderr}${ended.stdout.toString().slice(-4000)}`);
  return ended;
}

/** Fetches a project and imports it by that name. */
async function provide(name: string, { runtime, input }: Real): Promise<void> {
  const into = join(fetched, name);
  mkdirSync(into);
  await done(finish("sh", [join(dir, input), into]), input);
  await done(instance.cli(["images", "build", runtime]), `the image of ${runtime}`);
  await done(instance.cli(["project", "import", into, "--name", name]), "the import");
}

const rights = ["--cap", "FS_READ:/project", "--cap", "FS_WRITE:/project"];
const wordsOf = (real: Real): string[] => [
  "--runtime",
  real.runtime,
  ...(fetchesPackages(real) ? mirrors.flatMap((mirror) => ["--build-cap", `NET_CONNECT:${mirror}`]) : []),
  ...(real.argv ?? [real.run ?? "."]),
  ...real.args,
];

/** What it says, and what was told meanwhile. */
async function saidBy(name: string, real: Real): Promise<{ said: string; told: string }> {
  const words = ["--project", name, ...rights, ...wordsOf(real)];
  if (real.serves === undefined) {
    const { stdout, stderr } = await done(instance.cli(["run", ...words], { input: real.stdin }), "the run");
    const said = stdout.toString("utf8");
    return { said, told: stderr + said };
  }
  const { port, path } = real.serves;
  const ran = await done(instance.cli(["run", "-d", "--cap", `NET_BIND:localhost:${port}`, ...words]), "the run");
  const pid = ran.stdout.toString("utf8").trim();
  const said = await servedPage(instance, pid, { port, path });
  await done(instance.cli(["kill", pid]), "the kill");
  return { said, told: ran.stderr };
}

let provided: Promise<unknown> = Promise.resolve();

test.concurrent.each(projects)("$name runs as it should", { timeout: 30 * 60_000 }, async ({ name, real }) => {
  // One is fetched at a time, as package managers hold locks, while another runs.
  const own = provided.then(() => provide(name, real));
  provided = own.catch(() => undefined);
  await own;
  const { said, told } = await saidBy(name, real);
  expect(said).toMatch(new RegExp(real.serves?.expect ?? real.expect ?? ""));
  expect(told).toMatch(new RegExp(real.buildExpect));
});
