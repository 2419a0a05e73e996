import { chownSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault, type Millis, millisSchema, type Pid, pidSchema, toFault } from "./abi/index.ts";
import { SlotTable } from "./capability/slot-table.ts";
import { hostControls } from "./controls.ts";
import { diskControl } from "./disk/disk-control.ts";
import { DiskWatch } from "./disk/disk-watch.ts";
import { Engine } from "./docker/engine.ts";
import { EngineMonitor } from "./docker/engine-monitor.ts";
import { GateProgram } from "./docker/gate-program.ts";
import { OtherImages } from "./docker/other-images.ts";
import { ProjectStore } from "./fs/project-store.ts";
import { randomBytes } from "node:crypto";
import { checkout, clearRun, freshUid, type Home, openHome } from "./home.ts";
import { DirectoryStock } from "./ipc/directory-stock.ts";
import { sharedMemoryControl } from "./ipc/segment-files.ts";
import { SegmentStore } from "./ipc/segment-store.ts";
import { requireEnforceable } from "./isolation/enforceable.ts";
import { boxProgram } from "./isolation/gate.ts";
import { Journal } from "./journal/journal.ts";
import { Lifecycle } from "./lifecycle/lifecycle.ts";
import { listenIn } from "./net/listen-in.ts";
import { Network } from "./net/network.ts";
import { once } from "node:events";
import { flushCompileCache } from "node:module";
import { availableMemory } from "./scheduling/machine.ts";
import { Scheduler } from "./scheduling/scheduler.ts";
import { Spooler } from "./spooler/spooler.ts";
import { ProcessTable } from "./process/process-table.ts";
import { PolicyLink } from "./service/policy-link.ts";
import { fatal, makeEgress, makeGateway, makePolicy } from "./services.ts";
import { rootTableOf } from "./root-table.ts";
import { setUpImages } from "./setup.ts";
import { BodyBudget } from "./syscall/body-budget.ts";
import { accountCalls } from "./syscall/account-calls.ts";
import { Authority } from "./syscall/authority.ts";
import { capabilityCalls } from "./syscall/capability-calls.ts";
import { Channels } from "./syscall/channels.ts";
import { type DoorOptions, makeDoor } from "./syscall/door.ts";
import { ipcCalls } from "./syscall/ipc-calls.ts";
import { Members } from "./syscall/members.ts";
import { previewCalls } from "./syscall/preview-calls.ts";
import type { Principal } from "./syscall/principal.ts";
import { processDoor } from "./syscall/process-door.ts";
import { processCalls } from "./syscall/process-calls.ts";
import { projectCalls } from "./syscall/project-calls.ts";
import { Projects } from "./syscall/projects.ts";
import { Runtimes } from "./syscall/runtimes.ts";
import { segmentCalls } from "./syscall/segment-calls.ts";
import { Segments } from "./syscall/segments.ts";
import { sessionCalls } from "./syscall/session-calls.ts";
import { Sessions } from "./syscall/sessions.ts";
import { Sources } from "./syscall/sources.ts";
import { Views } from "./syscall/views.ts";
import { systemCalls, SystemStatus } from "./syscall/system-calls.ts";

/**
 * The kernel process: wiring, no logic.
 *
 * Boots in the seed order (kernel core, policy, services register, UI shell, steady state) and gives everything back on
 * SIGINT or SIGTERM: containers, services, sockets, files of this run.
 */

/** How much of requests of all processes is held unparsed. */
const processBodiesBytes = 256 << 20;
const startedAt = Date.now();
const now = (): Millis => millisSchema.parse(Date.now());
const say = (line: string): void => void process.stderr.write(`==> ${line}\n`);
const log = (message: string, details: Record<string, unknown> = {}): void =>
  void process.stderr.write(`${JSON.stringify({ at: Date.now(), service: "kernel", message, ...details })}\n`);

// A terminal that was closed, or a log's reader that has gone, must not end the kernel before it has given all back.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

const stopping = Promise.withResolvers<{ exitCode: number; reason?: Fault }>();
/** Set when the boot must take nothing more. */
let stopped = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => stopping.resolve({ exitCode: 0 }));

/** What is given back at the end, last taken first. */
const teardown: (() => unknown)[] = [];

/** Faults: `unavailable` when the kernel is to stop before it is up. */
function goOn(): void {
  if (stopped) throw new Fault("unavailable", "the kernel is stopping");
}

async function boot(home: Home): Promise<string> {
  const journal = new Journal(home.journalDir);
  teardown.push(() => journal[Symbol.dispose]());
  clearRun(home);
  const { instance } = home.identity;
  const version = String(JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")).version);

  say("1/5 kernel core");
  // It starts while the engine is asked.
  const { runDir, spoolDir, logDir } = home;
  const spooling = Spooler.start({ instance, runDir, spoolDir, logDir, log });
  teardown.push(async () => (await spooling).close());
  const engine = new Engine();
  const facts = await engine.facts();
  const slots = new SlotTable({ put: (slot) => journal.putSlot(slot), gone: (id) => journal.dropSlot(id) });
  slots.restore(journal.slots());
  const disk = new DiskWatch({ log });
  teardown.push(() => disk[Symbol.asyncDispose]());
  const images = setUpImages(say);
  await images.load();
  const runtimes = new Runtimes(images, facts.cores);
  const sources = new Sources(runtimes, new OtherImages({ pull: home.pullImages, progress: say }));
  const gate = new GateProgram(join(home.runDir, "sos"), () => images.readBase(boxProgram));
  const monitor = new EngineMonitor(engine);
  void monitor.run();
  teardown.push(() => monitor.close());

  const isRoot = process.getuid?.() === 0;
  const owner = (uid: number): { uid: number; gid: number } | null => (isRoot ? { uid, gid: uid } : null);
  const store = new ProjectStore({ dir: home.projectsDir, owner, now, random: (bytes) => randomBytes(bytes) });
  for (const { folder, why } of (await store.load()).unsound) log("a project folder was left out", { folder, why });
  const controls = [
    ...hostControls(facts),
    diskControl(home.projectsDir),
    await sharedMemoryControl(join(home.runDir, "shm")),
  ];

  // Those of an earlier kernel are open, or of processes that never began.
  const pipesDir = join(home.runDir, "pipes");
  rmSync(pipesDir, { recursive: true, force: true });
  const table = new ProcessTable();
  const { entries: known, unsound } = journal.processes();
  if (unsound.length > 0) log("processes of the journal could not be read", { pids: unsound });
  const spooler = await spooling;
  goOn();
  const directories = new DirectoryStock(join(home.runDir, "stock"));
  teardown.push(() => directories.close());
  /** What answers processes is made of what makes processes. */
  const doors = Promise.withResolvers<(pid: Pid, dir: string) => Promise<() => void>>();
  const lifecycle: Lifecycle = new Lifecycle({
    table,
    journal,
    engine,
    monitor,
    openDoor: async (pid, dir) => (await doors.promise)(pid, dir),
    attach: async (pid, dir) => {
      const { relay, env } = await network.attach(pid, dir);
      return { relay, env: { ...env, SUPEROS_PID: String(pid) } };
    },
    spooler,
    directories,
    placeGate: (dir) => gate.place(dir),
    isPaidFor: (pid) => authority.isPaidFor(pid),
    otherBytes: () => segments.bytesOfRoots,
    filesDir: (project) => store.filesDir(project),
    orphanage: ({ project }) => (project === null || projects.has(project) ? projects.rootFor(project) : undefined),
    freshOwner: freshUid,
    disk,
    instance,
    generation: journal.generation,
    seccomp: JSON.stringify(JSON.parse(readFileSync(join(checkout, "docker", "seccomp.json"), "utf8"))),
    now,
    log,
    processesDir: home.processesDir,
    spoolDir: home.spoolDir,
  });
  const rootTable = rootTableOf(facts, [...home.privateTargets, ...home.allowedImages]);
  const kernel = pidSchema.parse(1);
  journal.startPidsAt(kernel);
  const node = {
    project: null,
    runtime: null,
    image: null,
    argv: [],
    cwd: null,
    table: [],
    startedBy: null,
    user: null,
    endpoint: null,
    class: "foreground",
    tty: null,
  } as const;
  lifecycle.addNode({ ...node, parent: null, kind: "kernel", name: "kernel" }, kernel);
  const policyService = makePolicy(home);
  const gatewayService = makeGateway(home);
  const egressService = makeEgress(home);
  const services = [policyService, gatewayService, egressService].map((supervisor) => ({
    supervisor,
    pid: lifecycle.addNode({ ...node, parent: kernel, kind: "service", name: supervisor.name }).pid,
  }));
  const network = new Network({
    slots,
    egress: egressService,
    gateway: gatewayService,
    endpoint: (from, name) => (table.has(from) ? table.endpoint(table.get(from), name)?.pid : undefined),
  });
  const authority = new Authority({ slots, table, lifecycle, network, log });
  const projects = new Projects({ store, lifecycle, table, slots, kernel, rootTable, freshOwner: freshUid }, known);
  const segments = new Segments({
    store: new SegmentStore(join(home.runDir, "shm")),
    authority,
    table,
    lifecycle,
    projects,
    nextPid: () => journal.nextPid(),
    availableMemory: () => availableMemory(facts.memoryBytes),
    machine: facts,
    now,
    log,
  });
  authority.onTaken((gone) => segments.cut(gone));
  teardown.push(() => segments.close());
  teardown.push(() => lifecycle.close(kernel));
  monitor.on("changed", (up) => {
    log(up ? "the engine is back" : "the engine is gone");
    if (up) lifecycle.engineReturned().catch((error: unknown) => log("sweeping failed", { error: String(error) }));
  });

  const policy = new PolicyLink(now);
  const scheduler = new Scheduler({
    lifecycle,
    table,
    policy,
    isPaidFor: (pid) => authority.isPaidFor(pid),
    machine: facts,
    now,
    log,
  });
  teardown.push(() => scheduler[Symbol.dispose]());
  projects.on("removed", (id) => lifecycle.pool.drain(id));
  projects.on("changed", (id) => lifecycle.pool.forgetOther(id, projects.record(id).engineRuntime));
  const channels = new Channels({
    dir: home.journalDir,
    table,
    lifecycle,
    projects,
    authority,
    kernel,
    blocking: (pid, begins) => scheduler.blocking(pid, begins),
    now,
    log,
  });
  teardown.push(() => channels[Symbol.asyncDispose]());
  const sessions = new Sessions({ authority, table, lifecycle, network, projects, kernel, now, log });
  const views = new Views(authority, projects);
  const members = new Members({ policy, sessions, projects });
  const identity = { instance, version, generation: journal.generation, startedAt: millisSchema.parse(startedAt) };
  const status = new SystemStatus({
    identity,
    facts,
    controls,
    monitor,
    table,
    policy,
    services,
    pool: lifecycle.pool,
  });
  const handlers = {
    ...sessionCalls({ sessions, policy, members }),
    ...accountCalls({
      sessions,
      policy,
      members,
      projects,
      userRemoved: (user) => {
        segments.removeUser(user);
        channels.removeUser(user);
      },
    }),
    ...projectCalls({ projects, authority, members, policy, engineRuntimes: facts.runtimes, owner }),
    ...processCalls({
      views,
      scheduler,
      table,
      lifecycle,
      journal,
      projects,
      sources,
      policy,
      authority,
      segments,
      controls,
      engineRuntimes: facts.runtimes,
      machine: facts,
      freshOwner: freshUid,
      pipesDir,
    }),
    ...capabilityCalls({ table, authority }),
    ...segmentCalls({
      segments,
      authority,
      projects,
      table,
      requireEnforceable: (wanted) => requireEnforceable(wanted, controls),
    }),
    ...ipcCalls({ channels, authority, projects, table }),
    ...previewCalls({ table, lifecycle, network }),
    ...systemCalls({
      status,
      runtimes,
      audit: journal.audit,
      members,
      requireSpawn: (caller, runtime) =>
        authority.require(caller, { kind: "PROC_SPAWN", runtime }, projects.rootFor(null)),
      watching: { table, lifecycle, projects, views },
    }),
  };
  const auditLost = (error: unknown): void => {
    log("the audit log cannot be written", { error: String(error) });
    stopping.resolve({
      exitCode: 1,
      reason: new Fault("internal", "the audit log cannot be written", { cause: error }),
    });
  };
  const door = { handlers, audit: journal.audit, auditLost, now, log };
  const bodies = new BodyBudget(processBodiesBytes);
  const sessionOf = (handle: string | undefined): Principal => sessions.get(handle);
  await openDoor({ ...door, principal: sessionOf, callers: ["policy"] }, home.policyDir, home.identity.policyUid);
  const shells = ["gateway", "session", "principal"] as const;
  await openDoor({ ...door, principal: sessionOf, callers: shells }, home.gatewayDir, home.identity.gatewayUid);
  doors.resolve((pid, dir) => processDoor({ ...door, bodies, entry: (of) => table.get(of) }, pid, dir));

  goOn();
  await lifecycle.recover(known);
  await segments.recover();
  authority.recover((holder) => segments.has(holder));

  goOn();
  say("2/5 policy");
  for (const { supervisor } of services) {
    teardown.push(() => supervisor.stop());
    supervisor.on("down", () => log(`${supervisor.name} ended`));
    supervisor.on("fatal", (exitCode, lastLine) =>
      stopping.resolve({ exitCode: 1, reason: fatal(home, exitCode, lastLine) }),
    );
  }
  const registered = new Promise<string>((resolve) => {
    status.on("changed", () => {
      if (status.gatewayUrl !== undefined) resolve(status.gatewayUrl);
    });
  });
  // Loading takes most of a service's start: all load at the same time.
  const others = Promise.all([
    egressService.startUntil(once(egressService, "ready")),
    gatewayService.startUntil(registered),
  ]);
  others.catch(() => undefined);
  await policyService.startUntil(policy.attended());
  const { code, token } = await policy.askUntilUp("boot_credentials", {});

  goOn();
  say("3/5 services register");
  const [, url] = await others;

  goOn();
  say("4/5 UI shell");
  writeFileSync(home.cliFile, `${JSON.stringify({ url, token })}\n`, { mode: 0o600 });
  teardown.push(() => rmSync(home.cliFile, { force: true }));
  say("5/5 steady state");
  flushCompileCache();
  return `SuperOS is up at ${url} - sign in once with ${url}/signin#code=${code}`;
}

/** Listens below `dir` for its owner alone. */
async function openDoor(options: DoorOptions, dir: string, uid: number): Promise<void> {
  const server = makeDoor(options);
  await listenIn(server, dir, "kernel.sock");
  if (process.getuid?.() === 0) chownSync(join(dir, "kernel.sock"), uid, uid);
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
    stopped = true;
    up.catch(() => undefined);
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
// A boot that was cut off may still take something: that is given back, too.
for (let giveBack = teardown.pop(); giveBack !== undefined; giveBack = teardown.pop()) {
  try {
    await giveBack();
  } catch (error) {
    log("stopping was not complete", { error: String(error) });
  }
}
process.exit(exitCode);
