import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { runtimeViewSchema, statusSchema } from "../kernel/abi/index.ts";
import { checkout, freePort, Instance } from "../tests/setup/instance.ts";
import { measureCapabilities } from "./capability.ts";
import { measureLiveFlow, measureStalledClient } from "./live-flow.ts";
import { measureIpc } from "./ipc.ts";
import { memoryOf } from "./memory.ts";
import { measureNeighbours } from "./neighbours.ts";
import { measureNetwork } from "./network.ts";
import { type Options, readOptions, usage } from "./options.ts";
import { dockerName, formatResults, type Results } from "./report.ts";
import { measurePipes } from "./pipe.ts";
import { measureSegments } from "./segment.ts";
import { measurePool } from "./pool.ts";
import { measureRecovery } from "./recovery.ts";
import { measureRuntimes } from "./runtimes.ts";
import { ApiWay, commandWay, measureSpawns, type SpawnResult, startCommand, type Way } from "./spawn.ts";
import { Stage } from "./stage.ts";
import { measureSyscalls } from "./syscall.ts";
import { measureTerminals } from "./terminal.ts";
import { type Flow, measureFlows } from "./throughput.ts";

/**
 * `npm run bench`: SuperOS beside `docker run`, on the same machine, engine and image, in one run.
 *
 * It boots an instance of its own and removes it again. Results go to stdout and, as JSON, to a file; what it is doing
 * goes to stderr. Absolute figures of a shared machine mean little: look at the ratios.
 */

const cliPath = join(checkout, "ui", "cli", "superos.mjs");
const tell = (text: string): void => void process.stderr.write(`==> ${text}\n`);

function dockerWorks(): boolean {
  const asked = spawnSync("docker", ["version", "--format", "{{.Server.Version}}"], { encoding: "utf8" });
  if (asked.status === 0) return true;
  tell(asked.error === undefined ? `docker version: ${asked.stderr.trim()}` : "There is no docker command here.");
  tell(
    "WITHOUT docker run there is nothing to compare with. On Debian: sudo apt-get install docker-cli (or docker.io)",
  );
  return false;
}

async function get<S extends z.ZodType>(instance: Instance, path: string, schema: S): Promise<z.output<S>> {
  return schema.parse(await (await instance.api(`/api/v1${path}`)).json());
}

interface Setting extends Options {
  image: string;
  hostPort: number;
  /** Whether there is a `docker run` to compare with. */
  compared: boolean;
}

const cli = [process.execPath, cliPath] as const;
const plainRun = (image: string): string[] => ["run", "--rm", "--network", "none", image];

/** What goes in and out of boxes, beside what does not. */
async function measureCalls(
  instance: Instance,
  { image, hostPort, quick, parts }: Setting,
): Promise<Pick<Results, "syscalls" | "network">> {
  // In its home, which goes with it however this ends.
  const folder = mkdtempSync(join(instance.home, "bench-"));
  tell("starting boxes and plain containers");
  await using stage = await Stage.set({ instance, image, cli, hostPort, folder });
  const rounds = quick ? 3 : 20;
  const results: Pick<Results, "syscalls" | "network"> = {};
  if (parts.has("syscalls")) results.syscalls = await measureSyscalls(stage, { instance, folder, rounds, tell });
  if (parts.has("network"))
    results.network = await measureNetwork(stage, { rounds, bytes: quick ? 100e6 : 250e6, tell });
  return results;
}

async function measureSpawn(instance: Instance, { image, compared, quick }: Setting): Promise<SpawnResult[]> {
  const env = { ...process.env, SUPEROS_HOME: instance.home };
  using api = new ApiWay(instance);
  const ways: Way[] = [
    api,
    commandWay("superos run", (argv) => startCommand(process.execPath, [cliPath, "run", "--", ...argv], env)),
  ];
  if (compared) ways.push(commandWay(dockerName, (argv) => startCommand("docker", [...plainRun(image), ...argv])));
  return await measureSpawns(ways, quick ? 5 : 20, tell);
}

async function measureOutput(
  instance: Instance,
  { image, compared, quick }: Setting,
): Promise<Pick<Results, "throughput" | "stalled">> {
  const env = { ...process.env, SUPEROS_HOME: instance.home };
  const command = `'${process.execPath}' '${cliPath}' run -- "$@"`;
  const theirs = `docker ${plainRun(image).join(" ")} "$@"`;
  const rounds = quick ? 2 : 20;
  const flows = ["y", "0123456789abcde"].flatMap((line): Flow[] => {
    const ours: Flow = { name: "superos run", line, bytes: 500 << 20, rounds, command, env };
    const bytes = (line.length + 1) << (quick ? 18 : 20);
    return compared ? [ours, { name: dockerName, line, bytes, rounds, command: theirs }] : [ours];
  });
  const live = { rounds, bytes: 500 << 20, tell };
  const throughput = [...(await measureFlows(flows, tell)), ...(await measureLiveFlow(instance, live))];
  tell("a Socket.IO client that takes nothing");
  return { throughput, stalled: await measureStalledClient(instance, 500 << 20) };
}

async function measure(instance: Instance, options: Options & { hostPort: number }): Promise<Results> {
  const { quick, parts } = options;
  const atRest = memoryOf(instance.kernel.pid ?? 0);
  const status = await get(instance, "/status", statusSchema);
  const { runtimes } = await get(instance, "/runtimes", z.object({ runtimes: z.array(runtimeViewSchema) }));
  const image = runtimes.find(({ name }) => name === "python")?.image ?? "";
  const compared = dockerWorks();
  const setting = { ...options, image, compared };
  const { cores, memoryBytes } = status.machine;
  const results: Results = {
    at: new Date().toISOString(),
    machine: { cores, memoryBytes, engine: status.engine.version },
    compared,
    memory: { atRest, afterwards: [] },
  };

  if (parts.has("spawn")) results.spawn = await measureSpawn(instance, setting);
  if (parts.has("embryos"))
    results.pool = await measurePool(instance, { rounds: quick ? 6 : 40, image, compared, tell });
  if (parts.has("output")) Object.assign(results, await measureOutput(instance, setting));
  if (parts.has("neighbours")) results.neighbours = await measureNeighbours(instance, { rounds: quick ? 1 : 5, tell });

  const transfers = quick ? 3 : 10;
  if (parts.has("pipes")) {
    const bytes = quick ? 5e8 : 2e9;
    results.pipes = await measurePipes(instance, {
      rounds: transfers,
      bytes,
      image: compared ? image : undefined,
      tell,
    });
  }
  if (parts.has("segments"))
    results.segments = await measureSegments(instance, { rounds: transfers, bytes: 64 << 20, tell });
  if (parts.has("messages") && compared) {
    const messages = quick ? 10_000 : 40_000;
    results.ipc = await measureIpc(instance, { rounds: quick ? 1 : 5, messages, image, tell });
  }
  if (parts.has("terminals"))
    results.terminals = await measureTerminals(instance, { rounds: quick ? 2 : 20, image, cli, compared, tell });
  if ((parts.has("syscalls") || parts.has("network")) && compared)
    Object.assign(results, await measureCalls(instance, setting));
  if (parts.has("recovery")) results.recovery = await measureRecovery({ rounds: quick ? 1 : 5, count: 50, tell });
  if (parts.has("runtimes"))
    results.runtimes = await measureRuntimes(instance, { rounds: quick ? 3 : 10, cli, compared, tell });

  // Last: meanwhile nobody here hears that a kept connection was closed.
  if (parts.has("slots")) results.capabilities = measureCapabilities(quick ? 5 : 20, tell);

  results.memory.afterwards = memoryOf(instance.kernel.pid ?? 0);
  return results;
}

async function main(options: Options): Promise<number> {
  tell("starting an instance");
  const hostPort = await freePort();
  const instance = await Instance.start({ env: { SUPEROS_NET_PRIVATE: `127.0.0.1:${hostPort}` } });
  const stop = Promise.withResolvers<never>();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => stop.reject(new Error(`ended by ${signal}`)));
  try {
    const results = await Promise.race([measure(instance, { ...options, hostPort }), stop.promise]);
    process.stdout.write(formatResults(results));
    const date = results.at.replaceAll(":", "-");
    const file = options.json ?? join(checkout, "bench", "results", `${date}.json`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
    tell(`written to ${file}`);
    return 0;
  } catch (error) {
    process.stderr.write(
      `superos: the measurement failed: ${error instanceof Error ? error.message : String(error)}\n`,
    );
    return 1;
  } finally {
    await instance.remove();
  }
}

/** None where there is nothing to do but to show how it is used, and the exit code of that. */
function optionsOrCode(): Options | number {
  try {
    const options = readOptions(process.argv.slice(2));
    process.stdout.write(options === undefined ? usage : "");
    return options ?? 0;
  } catch (error) {
    process.stderr.write(`superos: ${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
}

const options = optionsOrCode();
process.exit(typeof options === "number" ? options : await main(options));
