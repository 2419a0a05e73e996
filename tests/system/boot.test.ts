import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { containersWith, engineSocket } from "../setup/engine.ts";
import { checkout, finish, type Finished, freePort, Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  audit,
  bearer,
  createToken,
  importProject,
  inspect,
  outcomeOf,
  outputOf,
  processes,
  projects,
  python,
  run,
  send,
  signIn,
  sleeper,
  spawn,
  statusOf,
  faultOf,
} from "./caller.ts";
import { childrenOf, isAlive, openFiles, servicePid, statusField } from "./host-process.ts";

/** How an instance comes up, what it refuses to come up beside, what it leaves, and what it survives. */

const isRoot = process.geteuid?.() === 0;
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

function temporary(): string {
  const dir = mkdtempSync(join(tmpdir(), "superos-test-"));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function started(options: Parameters<typeof Instance.start>[0] = {}): Promise<Instance> {
  const instance = await Instance.start(options);
  undo.push(() => instance.remove());
  return instance;
}

/** Starts a kernel that is expected to refuse. */
function refusedKernel(env: Record<string, string>, wrap: readonly string[] = []): Promise<Finished> {
  const [command, ...args] = [...wrap, process.execPath, join(checkout, "kernel", "main.ts")];
  return finish(command, args, { env, started: (child) => undo.push(() => child.kill("SIGKILL")) });
}

const sockets = (dir: string): string[] =>
  existsSync(dir)
    ? readdirSync(dir, { recursive: true, encoding: "utf8" }).filter(
        (name) => statSync(join(dir, name), { throwIfNoEntry: false })?.isSocket() === true,
      )
    : [];

describe("booting", () => {
  test("it tells each step in the seed order, then where it is and how to sign in, once each", async () => {
    const instance = await started();
    const steps = instance.log.split("\n").filter((line) => /^==> \d\/5/.test(line));
    expect(steps).toEqual([
      "==> 1/5 kernel core",
      "==> 2/5 policy",
      "==> 3/5 services register",
      "==> 4/5 UI shell",
      "==> 5/5 steady state",
    ]);
    expect(instance.signInUrl).toMatch(new RegExp(`^${instance.url}/signin#code=[A-Za-z0-9_-]{43}$`));
    const status = await statusOf(instance);
    expect(status.engine.state).toBe("up");
    expect(status.services.map(({ name, state, restarts }) => [name, state, restarts])).toEqual([
      ["policy", "up", 0],
      ["gateway", "up", 0],
      ["egress", "up", 0],
    ]);
    expect(statSync(join(instance.home, "cli.json")).mode & 0o777).toBe(0o600);
    expect(statSync(instance.home).mode & 0o777).toBe(0o700);
  });

  test("a second kernel on the same home is refused with a conflict, and the first goes on", async () => {
    const instance = await started();
    const { pid } = await spawn(instance, sleeper);
    const cli = readFileSync(join(instance.home, "cli.json"), "utf8");
    const second = await refusedKernel({ SUPEROS_HOME: instance.home, SUPEROS_PORT: String(await freePort()) });
    expect(second.code).toBe(1);
    expect(second.stdout.toString()).toBe("");
    expect(second.stderr).toContain("superos: conflict: another SuperOS runs with this home");
    expect(second.stderr).toContain("hint: ");
    expect(readFileSync(join(instance.home, "cli.json"), "utf8")).toBe(cli);
    expect((await inspect(instance, pid)).state.phase).toBe("running");
    expect(await instance.containers()).toHaveLength(1);
  });

  test("a port in use is told with the port and a way out, and nothing is left behind", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    undo.push(() => other.close());
    await once(other, "listening");
    const address = other.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const home = temporary();
    const services: number[] = [];
    const refused = await finish(process.execPath, [join(checkout, "kernel", "main.ts")], {
      env: { SUPEROS_HOME: home, SUPEROS_PORT: String(address.port) },
      started: (child) => {
        undo.push(() => child.kill("SIGKILL"));
        const watching = setInterval(() => services.push(...childrenOf(child.pid ?? 0).map(({ pid }) => pid)), 50);
        child.once("close", () => clearInterval(watching));
      },
    });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`superos: conflict: port ${address.port} is in use`);
    expect(refused.stderr).toMatch(/hint: .*SUPEROS_PORT=\d+/);
    expect(services.length).toBeGreaterThan(0);
    expect([...new Set(services)].filter(isAlive)).toEqual([]);
    expect(existsSync(join(home, "cli.json"))).toBe(false);
    expect(sockets(home)).toEqual([]);
  });

  test("a file in the home's place is told as such", async () => {
    const file = join(temporary(), "home");
    writeFileSync(file, "precious");
    const refused = await refusedKernel({ SUPEROS_HOME: file });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`superos: denied: the home ${file} cannot be written`);
    expect(refused.stderr).toContain("hint: Set SUPEROS_HOME");
    expect(readFileSync(file, "utf8")).toBe("precious");
  });

  test.skipIf(!isRoot)("a home that this user cannot write is told as such", async () => {
    const home = temporary();
    chmodSync(home, 0o555);
    const user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
    for (const dir of [home, join(home, "below")]) {
      const refused = await refusedKernel({ SUPEROS_HOME: dir }, user);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(`superos: denied: the home ${dir} cannot be written`);
    }
    expect(readdirSync(home)).toEqual([]);
  });

  test.each(["0", "65536", "seven", "-1", " 7070"])("the port %j is refused before anything is made", async (port) => {
    const home = join(temporary(), "home");
    const refused = await refusedKernel({ SUPEROS_HOME: home, SUPEROS_PORT: port });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("superos: invalid: environment: SUPEROS_PORT");
    expect(existsSync(home)).toBe(false);
  });
});

test("two instances side by side see only their own, and stopping one harms nothing of the other", async () => {
  const one = await started();
  const two = await started();
  const mine = await spawn(one, sleeper);
  const yours = await spawn(two, sleeper);
  await importProject(one, "mine", rawArchive({ name: "a" }));
  expect((await processes(one)).map(({ container }) => container)).toEqual([mine.container]);
  expect((await processes(two)).map(({ container }) => container)).toEqual([yours.container]);
  expect(await projects(two)).toEqual([]);
  expect((await send(two, "/api/v1/status", { headers: bearer(one.token) })).status).toBe(401);
  expect(await one.stop()).toBe(0);
  expect(await one.containers()).toEqual([]);
  expect((await inspect(two, yours.pid)).state.phase).toBe("running");
  expect(await two.containers()).toEqual([yours.container]);
});

test("Ctrl-C while processes run leaves no container, no process, no socket and no credential, and exits 0", async () => {
  const instance = await started();
  const project = await importProject(instance, "p", rawArchive({ name: "a" }));
  await spawn(instance, sleeper);
  await spawn(instance, { ...sleeper, project: project.id });
  await spawn(instance, {
    argv: python("import signal,time\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)\ntime.sleep(3600)"),
  });
  const children = childrenOf(instance.kernel.pid ?? 0);
  // Policy, gateway, egress and the spooler.
  expect(children).toHaveLength(4);
  expect(await instance.containers()).toHaveLength(3);
  expect(await instance.stop()).toBe(0);
  expect(await instance.containers()).toEqual([]);
  expect(children.filter(({ pid }) => isAlive(pid))).toEqual([]);
  expect(sockets(instance.home)).toEqual([]);
  expect(readdirSync(join(instance.home, "run", "p"))).toEqual([]);
  expect(existsSync(join(instance.home, "cli.json"))).toBe(false);
  await expect(fetch(`${instance.url}/healthz`)).rejects.toThrow("fetch failed");
});

test("Ctrl-C while processes are being made leaves nothing, and each has ended with an outcome", async () => {
  const instance = await started();
  const asked = Array.from({ length: 8 }, () =>
    instance
      .post("/api/v1/processes", { project: null, runtime: "python", argv: ["sleep", "3600"], table: ["MEM:32Mi"] })
      .then(
        () => "answered",
        () => "cut off",
      ),
  );
  await waitFor("a container is made", async () => (await instance.containers()).length > 0);
  expect(await instance.stop()).toBe(0);
  expect(await instance.containers()).toEqual([]);
  expect(await Promise.all(asked)).toHaveLength(8);
  const after = await started({ home: instance.home });
  const left = (await processes(after, true)).filter(({ kind }) => kind === "container");
  expect(left.length).toBeGreaterThan(0);
  expect(new Set(left.map(({ state }) => state.phase))).toEqual(new Set(["exited"]));
});

test.each(["1/5", "2/5", "3/5"])(
  "Ctrl-C at boot step %s leaves no process, no socket and no credential",
  async (step) => {
    const home = temporary();
    const services = new Set<number>();
    const ended = await finish(process.execPath, [join(checkout, "kernel", "main.ts")], {
      env: { SUPEROS_HOME: home, SUPEROS_PORT: String(await freePort()) },
      started: (child) => {
        undo.push(() => child.kill("SIGKILL"));
        const watching = setInterval(() => childrenOf(child.pid ?? 0).forEach(({ pid }) => services.add(pid)), 20);
        child.once("close", () => clearInterval(watching));
        child.stderr?.on("data", (chunk: Buffer) => {
          if (chunk.toString().includes(`==> ${step}`)) child.kill("SIGINT");
        });
      },
    });
    expect([ended.code, ended.stdout.toString()]).toEqual([0, ""]);
    await waitFor("what it started is gone", () => ![...services].some(isAlive));
    expect(sockets(home)).toEqual([]);
    expect(existsSync(join(home, "cli.json"))).toBe(false);
  },
);

test("what a start compiled is there for the next one, that of services too, which may not write it any more", async () => {
  const cache = temporary();
  const instance = await started({ env: { NODE_COMPILE_CACHE: cache } });
  // One that is killed writes nothing at its end.
  instance.kernel.kill("SIGKILL");
  await once(instance.kernel, "close");
  const kept = readdirSync(cache, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(join(cache, name)).isFile())
    .map((name) => readFileSync(join(cache, name), "latin1"));
  for (const main of ["kernel", "policy", "egress", "ui/gateway"]) {
    const text = stripTypeScriptTypes(readFileSync(join(checkout, main, "main.ts"), "utf8"));
    expect([main, kept.some((each) => each.includes(text.trim().slice(-200)))]).toEqual([main, true]);
  }
  await started({ home: instance.home });
});

describe("a restart with the same home", () => {
  test("keeps ended processes with their output, projects with their files, tokens and the audit log", async () => {
    const first = await started();
    const project = await importProject(first, "kept", rawArchive({ name: "a.txt", content: "hello" }));
    const ended = await run(first, {
      argv: ["sh", "-c", "echo out; echo err >&2; exit 7"],
      project: project.id,
      table: ["FS_READ:/project"],
    });
    const cut = await spawn(first, sleeper);
    const { secret } = await createToken(first, "ci");
    const rows = await audit(first);
    expect(await first.stop()).toBe(0);

    const second = await started({ home: first.home });
    expect((await statusOf(second)).generation).toBe(2);
    expect(await outcomeOf(second, ended.pid)).toEqual({ kind: "code", code: 7 });
    expect(await outputOf(second, ended.pid)).toEqual({ stdout: Buffer.from("out\n"), stderr: Buffer.from("err\n") });
    expect((await outcomeOf(second, cut.pid)).kind).toBe("killed");
    expect(await projects(second)).toEqual([project]);
    expect((await inspect(second, ended.pid)).parent).toBe(project.root);
    const content = await second.api(`/api/v1/projects/${project.id}/content?path=a.txt`);
    expect(await content.text()).toBe("hello");
    expect((await audit(second)).slice(0, rows.length)).toEqual(rows);
    expect((await send(second, "/api/v1/session", { headers: bearer(secret) })).status).toBe(200);
    expect((await send(second, "/api/v1/session", { headers: bearer(first.token) })).status).toBe(401);
    expect((await spawn(second, { argv: ["true"] })).pid).toBeGreaterThan(cut.pid);
  });

  test("after the kernel was killed, its services are gone, and what ran goes on", async () => {
    const first = await started();
    const ran = await spawn(first, sleeper);
    const done = await run(first, { argv: ["sh", "-c", "exit 3"] });
    const services = childrenOf(first.kernel.pid ?? 0).filter(({ command }) => !command.includes("spooler"));
    expect(services).toHaveLength(3);
    const closed = once(first.kernel, "exit");
    first.kernel.kill("SIGKILL");
    await closed;
    await waitFor("the services of a killed kernel end", () => services.every(({ pid }) => !isAlive(pid)));

    const second = await started({ home: first.home, port: first.port });
    expect(await second.containers()).toEqual([ran.container]);
    expect((await inspect(second, ran.pid)).state.phase).toBe("running");
    expect(await outcomeOf(second, done.pid)).toEqual({ kind: "code", code: 3 });
    expect((await processes(second)).map(({ pid }) => pid)).toEqual([ran.pid]);
    expect((await run(second, { argv: ["echo", "again"] })).stdout).toBe("again\n");
  });
});

describe("services", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await Instance.start();
  });
  afterAll(() => instance.remove());

  test.skipIf(!isRoot)(
    "policy, gateway and egress are nobody's root, in no group, and cannot reach the engine",
    async () => {
      const uids = new Set<string>();
      const script = `require("net").connect(${JSON.stringify(engineSocket)}).on("connect", () => process.exit(0)).on("error", (e) => { console.log(e.code); process.exit(9) })`;
      const connect = [process.execPath, "-e", script];
      expect((await finish("/usr/bin/env", connect)).code).toBe(0);
      for (const name of ["policy", "gateway", "egress"] as const) {
        const pid = await servicePid(instance, name);
        const [uid = "", ...more] = statusField(pid, "Uid");
        const [gid = "", ...moreGroups] = statusField(pid, "Gid");
        expect(Number(uid)).toBeGreaterThan(0);
        expect(Number(gid)).toBeGreaterThan(0);
        expect(new Set([uid, ...more]).size).toBe(1);
        expect(new Set([gid, ...moreGroups]).size).toBe(1);
        expect(statusField(pid, "Groups")).toEqual([]);
        expect(statusField(pid, "CapEff")).toEqual(["0000000000000000"]);
        expect(openFiles(pid).filter((file) => /docker|journal/.test(file))).toEqual([]);
        uids.add(uid);
        const user = ["--reuid", uid, "--regid", gid, "--clear-groups"];
        const tried = await finish("setpriv", [...user, ...connect]);
        expect([tried.code, tried.stdout.toString().trim()]).toEqual([9, "EACCES"]);
        for (const file of ["cli.json", "journal/journal.db", "instance.json"]) {
          const read = await finish("setpriv", [...user, "cat", join(instance.home, file)]);
          expect(read.code).not.toBe(0);
          expect(read.stderr).toContain("Permission denied");
        }
      }
      expect(uids.size).toBe(3);
    },
  );

  test("a service's environment names no engine", async () => {
    for (const name of ["policy", "gateway", "egress"] as const) {
      const environment = readFileSync(`/proc/${await servicePid(instance, name)}/environ`, "latin1").split("\0");
      expect(
        environment.filter((entry) => /^DOCKER|sock$/.test(entry) && !entry.startsWith("SUPEROS_KERNEL_SOCKET=")),
      ).toEqual([]);
    }
  });

  test("when policy is killed a running process goes on, spawning is unavailable until policy is back, and it comes back", async () => {
    const running = await spawn(instance, {
      argv: python("import time\nn = 0\nwhile True:\n print(n); n += 1; time.sleep(0.1)"),
    });
    const before = await servicePid(instance, "policy");
    process.kill(before, "SIGKILL");
    await waitFor("policy is gone", () => !isAlive(before));
    const meanwhile = await instance.post("/api/v1/processes", {
      project: null,
      runtime: "python",
      argv: ["true"],
      table: [],
    });
    const { status } = meanwhile;
    expect(status === 201 ? "spawned" : (await faultOf(meanwhile)).code).toBe(
      status === 503 ? "unavailable" : "spawned",
    );
    const services = await waitFor("policy is up again", async () => {
      const { services: found } = await statusOf(instance);
      return found.every(({ state }) => state === "up") && found.some(({ restarts }) => restarts > 0)
        ? found
        : undefined;
    });
    expect(services.map(({ name, restarts }) => [name, restarts])).toEqual([
      ["policy", 1],
      ["gateway", 0],
      ["egress", 0],
    ]);
    expect(await servicePid(instance, "policy")).not.toBe(before);
    expect((await run(instance, { argv: ["echo", "after"] })).stdout).toBe("after\n");
    const seen = (await outputOf(instance, running.pid, false)).stdout.length;
    await waitFor(
      "the program still writes",
      async () => (await outputOf(instance, running.pid, false)).stdout.length > seen,
    );
    await instance.post(`/api/v1/processes/${running.pid}/signal`, { signal: "SIGKILL" });
    expect((await outcomeOf(instance, running.pid)).kind).toBe("killed");
  });

  test("when the gateway is killed processes go on, the command works again, and a browser stays signed in", async () => {
    const browser = await signIn(instance);
    const running = await spawn(instance, sleeper);
    const before = await servicePid(instance, "gateway");
    process.kill(before, "SIGKILL");
    await waitFor("the gateway is gone", () => !isAlive(before));
    expect((await containersWith(instance.label)).map(({ Id: id }) => id)).toContain(running.container);
    const back = await waitFor("the gateway serves again", async () => {
      const status = await statusOf(instance);
      return status.services.every(({ state }) => state === "up") ? status : undefined;
    });
    expect(back.services.find(({ name }) => name === "gateway")?.restarts).toBe(1);
    const cookie = await send(instance, "/api/v1/session", { headers: { cookie: browser.cookie } });
    expect(cookie.status).toBe(200);
    const listed = await instance.cli(["ps", "--json"]);
    expect(listed.code).toBe(0);
    expect(listed.stdout.toString()).toContain(String(running.container));
    expect((await inspect(instance, running.pid)).state).toEqual(running.state);
  });
});
