import { chownSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import {
  type CapabilityTable,
  Fault,
  type Millis,
  millisSchema,
  parseCapability,
  pidSchema,
  toFault,
} from "./abi/index.ts";
import { hostControls } from "./controls.ts";
import { Engine } from "./docker/engine.ts";
import { EngineMonitor } from "./docker/engine-monitor.ts";
import { ProjectStore } from "./fs/project-store.ts";
import { randomBytes } from "node:crypto";
import { checkout, clearRun, freshUid, type Home, openHome, servicePrivileges } from "./home.ts";
import { Journal } from "./journal/journal.ts";
import { Lifecycle } from "./lifecycle/lifecycle.ts";
import { ProcessTable } from "./process/process-table.ts";
import { PolicyLink } from "./service/policy-link.ts";
import { ServiceSupervisor } from "./service/supervisor.ts";
import { setUpImages } from "./setup.ts";
import { type DoorOptions, makeDoor } from "./syscall/door.ts";
import { processCalls } from "./syscall/process-calls.ts";
import { projectCalls } from "./syscall/project-calls.ts";
import { Projects } from "./syscall/projects.ts";
import { Runtimes } from "./syscall/runtimes.ts";
import { sessionCalls } from "./syscall/session-calls.ts";
import { Sessions } from "./syscall/sessions.ts";
import { systemCalls, SystemStatus } from "./syscall/system-calls.ts";

/**
 * The kernel process: wiring, no logic.
 *
 * Boots in the seed order (kernel core, policy, services register, UI shell, steady state) and gives everything back on
 * SIGINT or SIGTERM: containers, services, sockets, files of this run.
 */

const portTaken = 98;
const startedAt = Date.now();
const now = (): Millis => millisSchema.parse(Date.now());
const say = (line: string): void => void process.stderr.write(`==> ${line}\n`);
const log = (message: string, details: Record<string, unknown> = {}): void =>
  void process.stderr.write(`${JSON.stringify({ at: Date.now(), service: "kernel", message, ...details })}\n`);

// A terminal that was closed, or a log's reader that has gone, must not end the kernel before it has given all back.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

const stopping = Promise.withResolvers<{ exitCode: number; reason?: Fault }>();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => stopping.resolve({ exitCode: 0 }));

/** What is given back at the end, last taken first. */
const teardown: (() => unknown)[] = [];

async function boot(home: Home): Promise<string> {
  const journal = new Journal(home.journalDir);
  teardown.push(() => journal[Symbol.dispose]());
  clearRun(home);
  const { instance } = home.identity;
  const version = String(JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")).version);

  say("1/5 kernel core");
  const engine = new Engine();
  const facts = await engine.facts();
  const controls = hostControls(facts);
  const runtimes = new Runtimes(await setUpImages(say).provide());
  const monitor = new EngineMonitor(engine);
  void monitor.run();
  teardown.push(() => monitor.close());

  const isRoot = process.getuid?.() === 0;
  const owner = (uid: number): { uid: number; gid: number } | null => (isRoot ? { uid, gid: uid } : null);
  const store = new ProjectStore({ dir: home.projectsDir, owner, now, random: (bytes) => randomBytes(bytes) });
  for (const { folder, why } of (await store.load()).unsound) log("a project folder was left out", { folder, why });

  const table = new ProcessTable();
  const { entries: known, unsound } = journal.processes();
  if (unsound.length > 0) log("processes of the journal could not be read", { pids: unsound });
  const lifecycle = new Lifecycle({
    table,
    journal,
    engine,
    monitor,
    instance,
    generation: journal.generation,
    seccomp: JSON.stringify(JSON.parse(readFileSync(join(checkout, "docker", "seccomp.json"), "utf8"))),
    now,
    log,
    processesDir: home.processesDir,
    spoolDir: home.spoolDir,
  });
  const rootTable = wholeTable(facts);
  const kernel = pidSchema.parse(1);
  journal.startPidsAt(kernel);
  const node = { project: null, runtime: null, argv: [], cwd: null, table: [], startedBy: null };
  lifecycle.addNode({ ...node, parent: null, kind: "kernel", name: "kernel" }, kernel);
  const policyService = makePolicy(home);
  const gatewayService = makeGateway(home);
  const services = [policyService, gatewayService].map((supervisor) => ({
    supervisor,
    pid: lifecycle.addNode({ ...node, parent: kernel, kind: "service", name: supervisor.name }).pid,
  }));
  const projects = new Projects({ store, lifecycle, table, kernel, rootTable, freshOwner: freshUid }, known);
  await lifecycle.recover(known);
  teardown.push(() => lifecycle.close(kernel));
  monitor.on("changed", (up) => {
    log(up ? "the engine is back" : "the engine is gone");
    if (up) lifecycle.sweep().catch((error: unknown) => log("sweeping failed", { error: String(error) }));
  });

  const policy = new PolicyLink(now);
  const sessions = new Sessions({ lifecycle, parent: kernel, now });
  const identity = { instance, version, generation: journal.generation, startedAt: millisSchema.parse(startedAt) };
  const status = new SystemStatus({ identity, facts, controls, monitor, table, policy, services });
  const handlers = {
    ...sessionCalls({ sessions, policy, rootTable }),
    ...projectCalls({ projects, owner }),
    ...processCalls({ table, lifecycle, projects, runtimes, policy, controls, machine: facts, freshOwner: freshUid }),
    ...systemCalls({ status, runtimes, journal, watching: { table, lifecycle, projects } }),
  };
  const door = { handlers, sessions, journal, now, log };
  await openDoor({ ...door, callers: ["policy"] }, home.policyDir, home.identity.policyUid);
  await openDoor({ ...door, callers: ["gateway", "session"] }, home.gatewayDir, home.identity.gatewayUid);

  say("2/5 policy");
  for (const { supervisor } of services) {
    teardown.push(() => supervisor.stop());
    supervisor.on("down", () => log(`${supervisor.name} ended`));
    supervisor.on("fatal", (exitCode, lastLine) =>
      stopping.resolve({ exitCode: 1, reason: fatal(home, exitCode, lastLine) }),
    );
  }
  await policyService.startUntil(policy.attended());
  const { code, token } = await policy.ask("boot_credentials", {});

  say("3/5 services register");
  const registered = new Promise<string>((resolve) => {
    status.on("changed", () => {
      if (status.gatewayUrl !== undefined) resolve(status.gatewayUrl);
    });
  });
  const url = await gatewayService.startUntil(registered);

  say("4/5 UI shell");
  writeFileSync(home.cliFile, `${JSON.stringify({ url, token })}\n`, { mode: 0o600 });
  teardown.push(() => rmSync(home.cliFile, { force: true }));
  say("5/5 steady state");
  return `SuperOS is up at ${url} - sign in once with ${url}/signin#code=${code}`;
}

/** What a project's root holds: everything that containers and sessions can be given on this machine. */
function wholeTable(facts: { cores: number; memoryBytes: number }): CapabilityTable {
  const texts = ["PROC_SPAWN", "PROC_SIGNAL", "FS_READ:/project", "FS_WRITE:/project"];
  const quotas = [`CPU:${facts.cores}`, `MEM:${facts.memoryBytes}`, "PIDS:32768", "TIME:365d", "OUT:1Ti"];
  return [...texts, ...quotas].map(parseCapability);
}

function makePolicy(home: Home): ServiceSupervisor {
  return new ServiceSupervisor({
    name: "policy",
    main: join(checkout, "policy", "main.ts"),
    cwd: home.policyDir,
    env: { SUPEROS_KERNEL_SOCKET: "kernel.sock", SUPEROS_STATE: ".", ...servicePrivileges(home.identity.policyUid) },
    logFile: join(home.logDir, "policy.log"),
  });
}

function makeGateway(home: Home): ServiceSupervisor {
  return new ServiceSupervisor({
    name: "gateway",
    main: join(checkout, "ui", "gateway", "main.ts"),
    cwd: home.gatewayDir,
    env: {
      SUPEROS_KERNEL_SOCKET: "kernel.sock",
      SUPEROS_PORT: String(home.port),
      SUPEROS_WEB_DIR: join(checkout, "dist", "web"),
      ...(home.publicOrigin === undefined ? {} : { SUPEROS_PUBLIC_ORIGIN: home.publicOrigin }),
      ...servicePrivileges(home.identity.gatewayUid),
    },
    logFile: join(home.logDir, "gateway.log"),
    fatalExits: [portTaken],
  });
}

function fatal(home: Home, exitCode: number, lastLine: string): Fault {
  if (exitCode !== portTaken) return new Fault("internal", `the gateway ended with ${exitCode}: ${lastLine}`);
  return new Fault("conflict", `port ${home.port} is in use`, {
    hint: `Choose another: SUPEROS_PORT=${home.port + 1} npm start`,
  });
}

/** Listens below `dir` for its owner alone. The path is relative, so that a long home does not exceed a socket's 107 bytes. */
async function openDoor(options: DoorOptions, dir: string, uid: number): Promise<void> {
  const server: Server = makeDoor(options);
  const before = process.cwd();
  process.chdir(dir);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen("kernel.sock", resolve);
  });
  if (process.getuid?.() === 0) chownSync("kernel.sock", uid, uid);
  process.chdir(before);
  teardown.push(() => {
    server.close();
    server.closeAllConnections();
    rmSync(join(dir, "kernel.sock"), { force: true });
  });
}

async function main(): Promise<number> {
  try {
    const home = openHome(process.env);
    const up = boot(home).then((line) => {
      process.stdout.write(`${line}\n`);
    });
    const stop = await Promise.race([stopping.promise, up.then(() => stopping.promise)]);
    if (stop.reason !== undefined) throw stop.reason;
    return stop.exitCode;
  } catch (thrown) {
    const fault = toFault(thrown);
    process.stderr.write(`superos: ${fault.code}: ${fault.message}\nhint: ${fault.hint}\n`);
    if (fault.code === "internal")
      process.stderr.write(`${String(fault.cause instanceof Error ? fault.cause.stack : "")}\n`);
    return 1;
  }
}

const exitCode = await main();
if (teardown.length > 0) say("stopping");
for (const giveBack of teardown.toReversed()) {
  try {
    await giveBack();
  } catch (error) {
    log("stopping was not complete", { error: String(error) });
  }
}
process.exit(exitCode);
