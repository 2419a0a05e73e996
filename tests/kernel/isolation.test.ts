import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { processViewSchema, type ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { engineGet } from "../setup/engine.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  audit,
  faultOf,
  importProject,
  inspect,
  kill,
  outcomeOf,
  outputOf,
  processes,
  type Program,
  python,
  run,
  sleeper,
  spawn,
} from "../system/caller.ts";

/** What a program can and cannot do in its box, tried from inside; and what the engine says of the box from outside. */

let instance: Instance;
let project: ProjectView;
let other: ProjectView;
let hostServer: Server;
let hostPort = 0;

beforeAll(async () => {
  instance = await Instance.start();
  project = await importProject(instance, "site", rawArchive({ name: "main.py", content: "x = 1\n" }));
  other = await importProject(instance, "other", rawArchive({ name: "secret", content: "of another project" }));
  hostServer = createServer((socket) => socket.end("reached")).listen(0, "0.0.0.0");
  await once(hostServer, "listening");
  const address = hostServer.address();
  hostPort = typeof address === "object" && address !== null ? address.port : 0;
});
afterAll(async () => {
  hostServer.close();
  await instance.remove();
});
afterEach(async () => {
  for (const { pid } of await processes(instance)) await kill(instance, pid);
});

const small = "MEM:64Mi";
const reads = [small, "FS_READ:/project"];
const writes = [...reads, "FS_WRITE:/project"];

const prelude = `
import ctypes, errno, json, os, resource, socket, stat
def tried(act):
    try:
        value = act()
        return "ok" if value is None else value
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
libc = ctypes.CDLL(None, use_errno=True)
def syscall(*arguments):
    ctypes.set_errno(0)
    if libc.syscall(*arguments) != -1: return "ok"
    return errno.errorcode[ctypes.get_errno()]
def write(path):
    def act():
        with open(path, "w") as file: file.write("x")
    return tried(act)
def read(path):
    with open(path) as file: return file.read()
`;

/** Runs Python in a box; the value of \`answer\` comes back. */
async function ask<S extends z.ZodType>(
  schema: S,
  script: string,
  program: Omit<Program, "argv"> = {},
): Promise<z.output<S>> {
  const argv = python(`${prelude}\n${script}\nprint(json.dumps(answer))`);
  const result = await run(instance, { argv, table: [small], ...program });
  if (result.stdout === "") throw new Error(`${JSON.stringify(result.outcome)}: ${result.stderr}`);
  return schema.parse(JSON.parse(result.stdout));
}

const words = z.record(z.string(), z.string());
const number = z.number().int();

describe("who a program is", () => {
  const identity = z.object({ uids: z.array(number), gids: z.array(number), groups: z.array(number) });
  const who = (of: ProjectView | null): Promise<z.output<typeof identity>> =>
    ask(identity, "answer = dict(uids=os.getresuid(), gids=os.getresgid(), groups=os.getgroups())", {
      project: of?.id ?? null,
    });

  test("is one user for each project, another for each process without one, and never root", async () => {
    const [first, again, second, alone, alone2] = await Promise.all([
      who(project),
      who(project),
      who(other),
      who(null),
      who(null),
    ]);
    expect(again).toEqual(first);
    const uids = [first, second, alone, alone2].map((identity) => identity.uids[0] ?? 0);
    expect(new Set(uids).size).toBe(4);
    for (const { uids: own, gids, groups } of [first, second, alone, alone2]) {
      const [uid = 0] = own;
      expect(uid).toBeGreaterThan(65_536);
      expect([own, gids]).toEqual([
        [uid, uid, uid],
        [uid, uid, uid],
      ]);
      expect(groups.filter((group) => group !== uid)).toEqual([]);
    }
  });

  test("is somebody without capabilities, who can get none, behind a filter", async () => {
    const status = await ask(
      words,
      "answer = dict(line.split(':\\t', 1) for line in read('/proc/self/status').splitlines() if ':\\t' in line)",
    );
    const none = "0000000000000000";
    expect(status).toMatchObject({
      CapEff: none,
      CapPrm: none,
      CapInh: none,
      CapBnd: none,
      CapAmb: none,
      NoNewPrivs: "1",
      Seccomp: "2",
    });
  });

  test("cannot become somebody else", async () => {
    const tries =
      "answer = dict(setuid=tried(lambda: os.setuid(0)), setgid=tried(lambda: os.setgid(0)), groups=tried(lambda: os.setgroups([0])), chown=tried(lambda: os.chown('/tmp', 0, 0)))";
    expect(await ask(words, tries)).toEqual({ setuid: "EPERM", setgid: "EPERM", groups: "EPERM", chown: "EPERM" });
  });

  test("is the first to go when the host runs out of memory, and cannot change that", async () => {
    const script =
      "answer = [read('/proc/self/oom_score_adj').strip(), write('/proc/self/oom_score_adj'), read('/proc/self/oom_score_adj').strip()]";
    const [before, , after] = await ask(z.array(z.string()), script);
    expect([before, after]).toEqual(["500", "500"]);
  });

  test("holds no descriptor but its three", async () => {
    expect(await ask(z.array(z.string()), "answer = sorted(os.listdir('/proc/self/fd'))[:-1]")).toEqual([
      "0",
      "1",
      "2",
    ]);
  });
});

describe("the files of a box", () => {
  test("cannot be written, whichever part of the image it is", async () => {
    const directories = [
      "/",
      "/etc",
      "/usr",
      "/usr/bin",
      "/var",
      "/var/tmp",
      "/home",
      "/root",
      "/opt",
      "/run",
      "/run/superos",
      "/dev",
      "/sys",
      "/proc",
    ];
    const files = [
      "/etc/passwd",
      "/etc/hosts",
      "/etc/resolv.conf",
      "/bin/sh",
      "/usr/bin/python3",
      "/usr/sbin/docker-init",
    ];
    const script = `answer = {p: write(p + '/x') for p in ${JSON.stringify(directories)}} | {p: write(p) for p in ${JSON.stringify(files)}}`;
    const answer = await ask(words, script);
    expect(Object.keys(answer).toSorted()).toEqual([...directories, ...files].toSorted());
    expect(Object.entries(answer).filter(([, how]) => !["EROFS", "EACCES", "EPERM", "ENOENT"].includes(how))).toEqual(
      [],
    );
  });

  test("are no way to change the system: /proc/sys and /sys are read-only, kernel memory and keys are hidden", async () => {
    const script = `answer = dict(
      hostname=write('/proc/sys/kernel/hostname'), core=write('/proc/sys/kernel/core_pattern'), sysrq=write('/proc/sysrq-trigger'),
      cgroup=tried(lambda: os.mkdir('/sys/fs/cgroup/x')), cgroup2=tried(lambda: os.mkdir('/sys/fs/cgroup/memory/x')), uevent=write('/sys/kernel/uevent_helper'),
      kcore=tried(lambda: str(len(open('/proc/kcore', 'rb').read(1)))), keys=tried(lambda: str(len(read('/proc/keys')))),
      timers=tried(lambda: str(len(read('/proc/timer_list')))), firmware=str(len(os.listdir('/sys/firmware'))))`;
    const { kcore, keys, timers, firmware, ...changes } = await ask(words, script);
    expect(Object.values(changes).filter((how) => !["EROFS", "EACCES", "EPERM", "ENOENT"].includes(how))).toEqual([]);
    expect(["0", "ENOENT", "EACCES"]).toContain(kcore);
    expect([keys, timers, firmware]).toEqual(["0", "0", "0"]);
  });

  test("hold scratch space of a size, from which nothing can be run", async () => {
    const script = `
def fill(path):
    with open(path, "wb") as file:
        for _ in range(33): file.write(b"x" * (1 << 20)); file.flush()
def start(directory):
    path = directory + "/program"
    with open(path, "w") as file: file.write("#!/bin/sh\\n")
    os.chmod(path, 0o777)
    os.execv(path, [path])
free = os.statvfs("/tmp")
answer = dict(run=tried(lambda: start("/tmp")), shm=tried(lambda: start("/dev/shm")), small=write("/tmp/small"), device=tried(lambda: os.mknod("/tmp/sda", 0o600 | stat.S_IFBLK, 0x800)),
  large=tried(lambda: fill("/tmp/large")), size=str(free.f_blocks * free.f_frsize))`;
    const answer = await ask(words, script, { table: ["MEM:128Mi"] });
    const smaller = await ask(words, script);
    expect(answer).toMatchObject({
      run: "EACCES",
      shm: "EACCES",
      small: "ok",
      device: "EPERM",
      large: "ok",
      size: String(64 << 20),
    });
    expect(smaller).toMatchObject({ large: "ENOSPC", size: String(32 << 20) });
  });

  test("hold no project without FS_READ, also for a process of the project", async () => {
    const script = "answer = sorted(os.listdir('/project')) if os.path.lexists('/project') else []";
    expect(await ask(z.array(z.string()), script, { project: project.id })).toEqual([]);
    expect(await ask(z.array(z.string()), script, { project: project.id, table: reads })).toEqual(["main.py"]);
  });

  test("cannot be changed in a project with FS_READ alone", async () => {
    const script = `answer = dict(new=write('/project/new'), old=write('/project/main.py'), gone=tried(lambda: os.unlink('/project/main.py')),
      mode=tried(lambda: os.chmod('/project/main.py', 0o777)), time=tried(lambda: os.utime('/project/main.py')), link=tried(lambda: os.symlink('a', '/project/link')))`;
    const answer = await ask(words, script, { project: project.id, table: reads });
    expect(new Set(Object.values(answer))).toEqual(new Set(["EROFS"]));
    const files = filesOf(project);
    expect(readdirSync(files)).toEqual(["main.py"]);
    expect(readFileSync(join(files, "main.py"), "utf8")).toBe("x = 1\n");
  });

  test("land on disk with FS_WRITE, as the project's user and nobody else's", async () => {
    const script = "os.mkdir('/project/out'); open('/project/out/made', 'w').write('made'); answer = os.getuid()";
    const uid = await ask(number, script, { project: project.id, table: writes });
    const made = join(filesOf(project), "out", "made");
    expect(readFileSync(made, "utf8")).toBe("made");
    expect([statSync(made).uid, statSync(made).gid]).toEqual([uid, uid]);
    expect(statSync(join(filesOf(other), "secret")).uid).not.toBe(uid);
    const gone = await ask(z.string(), "os.unlink('/project/out/made'); os.rmdir('/project/out'); answer = 'gone'", {
      project: project.id,
      table: writes,
    });
    expect([gone, existsSync(made)]).toEqual(["gone", false]);
  });

  test("are never another project's, nor the host's: links and parents lead into the box's own", async () => {
    const host = join(instance.home, "instance.json");
    const script = `
os.symlink(${JSON.stringify(host)}, '/project/link'); os.symlink('../../../../../../../../..' + ${JSON.stringify(host)}, '/project/up')
answer = dict(link=tried(lambda: read('/project/link')), up=tried(lambda: read('/project/up')), direct=tried(lambda: read(${JSON.stringify(host)})),
  other=tried(lambda: read(${JSON.stringify(join(filesOf(other), "secret"))})), root=tried(lambda: read('/proc/1/root' + ${JSON.stringify(host)})),
  same=str(os.path.samestat(os.stat('/proc/1/root/'), os.stat('/'))) if os.access('/proc/1/root', os.X_OK) else "True")
os.unlink('/project/link'); os.unlink('/project/up')`;
    const answer = await ask(words, script, { project: project.id, table: writes });
    expect(existsSync(host)).toBe(true);
    const { same, root = "", ...paths } = answer;
    expect(paths).toEqual({ link: "ENOENT", up: "ENOENT", direct: "ENOENT", other: "ENOENT" });
    expect(["EACCES", "ENOENT"]).toContain(root);
    expect(same).toBe("True");
  });

  test("hold no socket but the process's own to the kernel, and the engine's least of all", async () => {
    const script = `
answer = []
for top, directories, files in os.walk('/'):
    directories[:] = [name for name in directories if os.path.join(top, name) not in ('/proc', '/sys')]
    for name in files:
        path = os.path.join(top, name)
        try: kind = os.lstat(path).st_mode
        except OSError: continue
        if stat.S_ISSOCK(kind) or name == 'docker.sock': answer.append(path)`;
    expect(await ask(z.array(z.string()), script, { project: project.id, table: writes })).toEqual([
      "/run/superos/kernel.sock",
    ]);
  });

  test("hold FIFOs of the process's own that it can use only in their direction, and change none", async () => {
    const script = `
d = '/run/superos/'
answer = {n: tried(lambda: os.close(os.open(d + n, os.O_WRONLY | os.O_NONBLOCK))) for n in ('stdin', 'launch', 'report')}
answer |= {'r ' + n: tried(lambda: os.close(os.open(d + n, os.O_RDONLY | os.O_NONBLOCK))) for n in ('stdout', 'stderr', 'report')}
answer |= {'rm ' + n: tried(lambda: os.unlink(d + n)) for n in os.listdir(d)}`;
    const { report, ...answer } = await ask(words, script);
    expect(report).toBe("ENXIO");
    expect(Object.entries(answer).filter(([, how]) => !["EACCES", "EROFS"].includes(how))).toEqual([]);
    const kept = Object.keys(answer).filter((name) => name.startsWith("rm "));
    expect(kept.toSorted()).toEqual(
      ["kernel.sock", "launch", "report", "stderr", "stdin", "stdout"].map((name) => `rm ${name}`),
    );
  });
});

const filesOf = (of: ProjectView): string => {
  const found = readdirSync(join(instance.home, "projects"), { recursive: true, encoding: "utf8" }).find(
    (path) => path.split("/").includes(of.id) && /(main\.py|secret)$/.test(path),
  );
  if (found === undefined) throw new Error(`the files of ${of.name} are not on disk`);
  return join(instance.home, "projects", found, "..");
};

describe("the network of a box", () => {
  test("is a loopback interface without a route", async () => {
    const script =
      "answer = [sorted(os.listdir('/sys/class/net')), read('/proc/net/route').splitlines()[1:], [l.split()[-1] for l in read('/proc/net/ipv6_route').splitlines()]]";
    const [interfaces, routes, routes6] = await ask(z.array(z.array(z.string())), script);
    expect([interfaces, routes]).toEqual([["lo"], []]);
    expect(routes6?.filter((device) => device !== "lo")).toEqual([]);
  });

  test("leads to nothing: not the gateway, not the host, not the metadata service, no name", async () => {
    const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    const hosts = own.filter(({ family }) => family === "IPv4").map(({ address }) => address);
    expect(hosts).toContain("127.0.0.1");
    const targets: [string, number][] = [
      ["127.0.0.1", instance.port],
      ["169.254.169.254", 80],
      ["1.1.1.1", 443],
      ...hosts.map((host): [string, number] => [host, hostPort]),
    ];
    const script = `
answer = {f"{host}:{port}": tried(lambda: socket.create_connection((host, port), 3).close()) for host, port in ${JSON.stringify(targets)}}
try: answer["name"] = str(socket.getaddrinfo("example.org", 80))
except socket.gaierror: answer["name"] = "no name"`;
    const { name, ...answer } = await ask(words, script);
    const local = (target: string): boolean => target.startsWith("127.");
    const expected = targets
      .map(([host, port]) => `${host}:${port}`)
      .map((target) => [target, local(target) ? "ECONNREFUSED" : "ENETUNREACH"]);
    expect(answer).toEqual(Object.fromEntries(expected));
    expect(name).toBe("no name");
  });

  test("is each box's own: two boxes can use the same port and do not hear each other", async () => {
    const serve = python(
      "import socket, time\ns = socket.create_server(('127.0.0.1', 4000))\nprint('listens')\ntime.sleep(3600)",
    );
    const first = await spawn(instance, { argv: serve, table: [small] });
    await waitFor(
      "it listens",
      async () => (await outputOf(instance, first.pid, false)).stdout.toString() === "listens\n",
    );
    const script =
      "answer = [tried(lambda: socket.create_connection(('127.0.0.1', 4000), 3).close()), tried(lambda: socket.create_server(('127.0.0.1', 4000)).close())]";
    expect(await ask(z.array(z.string()), script)).toEqual(["ECONNREFUSED", "ok"]);
  });
});

describe("the other processes", () => {
  test("are not there: a box sees its own init and itself", async () => {
    await spawn(instance, sleeper);
    const script = "answer = {p: read(f'/proc/{p}/comm').strip() for p in os.listdir('/proc') if p.isdigit()}";
    const seen = await ask(words, script);
    expect(Object.keys(seen)).toHaveLength(2);
    expect(Object.values(seen).filter((name) => !/^(docker-init|tini|python3.*)$/.test(name))).toEqual([]);
  });

  test("live in other namespaces of every kind that a container has, and the host in others again", async () => {
    const kinds = ["ipc", "mnt", "net", "pid", "uts", "cgroup"];
    const script = `answer = {kind: os.readlink('/proc/self/ns/' + kind) for kind in ${JSON.stringify(kinds)}}`;
    const [first, second] = await Promise.all([ask(words, script), ask(words, script)]);
    for (const kind of kinds) {
      const host = readlinkSync(`/proc/self/ns/${kind}`);
      expect(new Set([first[kind], second[kind], host]).size, kind).toBe(3);
    }
  });

  test("and their place in the host's cgroups are not told", async () => {
    const cgroups = await ask(
      z.array(z.string()),
      "answer = [line.split(':', 2)[2] for line in read('/proc/self/cgroup').splitlines()]",
    );
    expect(new Set(cgroups)).toEqual(new Set(["/"]));
  });

  test("go on when one of them forks without end, which PIDS holds", async () => {
    const neighbour = await spawn(instance, { ...sleeper, project: project.id });
    const bomb = `
import os, time
n = 0
try:
    while True:
        if os.fork() == 0:
            while True:
                try: os.fork()
                except OSError: time.sleep(0.05)
        n += 1
except OSError as error: os.write(1, b"%d %d\\n" % (n, error.errno))
time.sleep(3600)`;
    const { pid } = await spawn(instance, {
      argv: python(bomb),
      project: project.id,
      table: [small, "PIDS:24", "CPU:0.5"],
    });
    const said = await waitFor("the bomb is held", async () => {
      const { stdout } = await outputOf(instance, pid, false);
      return /^(\d+) (\d+)\n/.exec(stdout.toString()) ?? undefined;
    });
    const [children = 0, code] = said.slice(1).map(Number);
    expect(children).toBeLessThan(24);
    expect(code).toBe(11);
    const container = (await inspect(instance, pid)).container ?? "";
    const top = z.object({ Processes: z.array(z.unknown()) }).parse(await engineGet(`/containers/${container}/top`));
    expect(top.Processes.length).toBeLessThanOrEqual(24);
    const meanwhile = await run(instance, {
      argv: ["sh", "-c", "true; echo went on"],
      project: project.id,
      table: [small],
    });
    expect([meanwhile.stdout, meanwhile.outcome]).toEqual(["went on\n", { kind: "code", code: 0 }]);
    expect((await inspect(instance, neighbour.pid)).state.phase).toBe("running");
    await kill(instance, pid);
    expect(await outcomeOf(instance, pid)).toMatchObject({ kind: "killed" });
    await waitFor("its container is gone", async () => !(await instance.containers()).includes(container));
  });
});

describe("what the system refuses a program", () => {
  test("is open files beyond its limit, and core files", async () => {
    const script = `
opened = []
def more():
    while len(opened) < 20000: opened.append(os.open('/dev/null', os.O_RDONLY))
first = tried(more)
soft = len(opened)
resource.setrlimit(resource.RLIMIT_NOFILE, (16384, 16384))
second = tried(more)
hard = len(opened)
for fd in opened: os.close(fd)
answer = [first, soft, second, hard, resource.getrlimit(resource.RLIMIT_CORE)[1]]`;
    const [first, soft, second, hard, core] = await ask(z.array(z.union([z.string(), number])), script);
    expect([first, second, core]).toEqual(["EMFILE", "EMFILE", 0]);
    expect(soft).toBeLessThan(1024);
    expect(hard).toBeLessThan(16_384);
    expect(hard).toBeGreaterThan(1024);
  });

  test("is namespaces, mounts, keys, kernel crypto, raw sockets, tracing of the system and new kernel interfaces", async () => {
    const script = `
NEWUSER, NEWNS = 0x10000000, 0x20000
x86 = os.uname().machine == "x86_64"
call = dict(unshare=272, mount=165, umount2=166, setns=308, keyctl=250, add_key=248, bpf=321, perf=298, io_uring=425, chroot=161, pivot=155, userfaultfd=323,
    kexec=246, init_module=175, reboot=169, swapon=167, syslog=103, process_vm_readv=310, open_by_handle_at=304, fsopen=430, settimeofday=164, sethostname=170) if x86 else dict(
    unshare=97, mount=40, umount2=39, setns=268, keyctl=219, add_key=217, bpf=280, perf=241, io_uring=425, chroot=51, pivot=41, userfaultfd=282,
    kexec=104, init_module=105, reboot=142, swapon=224, syslog=116, process_vm_readv=270, open_by_handle_at=265, fsopen=430, settimeofday=170, sethostname=161)
answer = {name: syscall(number, NEWUSER if name == "unshare" else 0, 0, 0, 0, 0) for name, number in call.items()}
answer["clone newuser"] = syscall(56 if x86 else 220, NEWUSER | 17, 0, 0, 0, 0)
answer["AF_ALG"] = tried(lambda: socket.socket(38, socket.SOCK_SEQPACKET).close())
answer["AF_PACKET"] = tried(lambda: socket.socket(17, socket.SOCK_RAW).close())
answer["AF_VSOCK"] = tried(lambda: socket.socket(40, socket.SOCK_STREAM).close())
answer["raw"] = tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close())
answer["netlink audit"] = tried(lambda: socket.socket(16, socket.SOCK_RAW, 9).close())
answer["device"] = tried(lambda: os.mknod('/tmp/mem', 0o600 | stat.S_IFCHR, 0x101))`;
    const answer = await ask(words, script);
    expect(Object.keys(answer)).toHaveLength(29);
    expect(Object.entries(answer).filter(([, how]) => how !== "EPERM" && how !== "ENOSYS")).toEqual([]);
  });

  test("is nothing that ordinary programs need: threads, pipes, local sockets, timers, shared memory", async () => {
    const script = `
import multiprocessing.shared_memory, threading, subprocess, tempfile
thread = threading.Thread(target=lambda: None); thread.start(); thread.join()
a, b = socket.socketpair(); a.sendall(b"x")
memory = multiprocessing.shared_memory.SharedMemory(create=True, size=4096); memory.close(); memory.unlink()
answer = [b.recv(1).decode(), subprocess.run(["sh", "-c", "echo sub | cat"], capture_output=True, text=True).stdout, tempfile.mkdtemp()[:5]]`;
    expect(await ask(z.array(z.string()), script)).toEqual(["x", "sub\n", "/tmp/"]);
  });
});

/** What `inspect` of the engine says, as far as a box is made of it. */
const inspected = z.object({
  HostConfig: z.record(z.string(), z.unknown()),
  Config: z.record(z.string(), z.unknown()),
  Mounts: z.array(z.record(z.string(), z.unknown())),
  NetworkSettings: z.record(z.string(), z.unknown()),
});

async function boxOf(program: Partial<Program>): Promise<{ pid: number; box: z.output<typeof inspected> }> {
  const { pid } = await spawn(instance, { ...sleeper, ...program });
  const { container } = await inspect(instance, pid);
  return { pid, box: inspected.parse(await engineGet(`/containers/${container}/json`)) };
}

describe("the box as the engine has it", () => {
  test("is everything that a box always is", async () => {
    const { pid, box } = await boxOf({ project: project.id, table: [...reads, "CPU:0.5", "PIDS:20"] });
    const { HostConfig: host, Config: config } = box;
    expect(config["User"]).toMatch(/^[1-9]\d{5,}:[1-9]\d{5,}$/);
    expect(host).toMatchObject({
      CapDrop: ["ALL"],
      ReadonlyRootfs: true,
      Init: true,
      AutoRemove: false,
      PidsLimit: 20,
      Memory: 64 << 20,
      MemorySwap: 64 << 20,
      NanoCpus: 500_000_000,
      OomScoreAdj: 500,
      IpcMode: "private",
      CgroupnsMode: "private",
      NetworkMode: "none",
      PublishAllPorts: false,
    });
    expect(host["CapAdd"] ?? []).toEqual([]);
    expect(host["RestartPolicy"]).toMatchObject({ Name: "no" });
    expect(host["Tmpfs"]).toEqual({ "/tmp": expect.stringMatching(/noexec.*size=\d+/) });
    const names = z.array(z.object({ Name: z.string(), Hard: number })).parse(host["Ulimits"]);
    expect(names).toEqual(
      expect.arrayContaining([
        { Name: "nofile", Hard: 16_384 },
        { Name: "core", Hard: 0 },
      ]),
    );
    const security = z.array(z.string()).parse(host["SecurityOpt"]);
    expect(security).toContain("no-new-privileges");
    const profile = security.find((option) => option.startsWith("seccomp="))?.slice("seccomp=".length) ?? "";
    const pinned = readFileSync(join(import.meta.dirname, "..", "..", "docker", "seccomp.json"), "utf8");
    expect(JSON.parse(profile)).toEqual(JSON.parse(pinned));
    const { instance: name } = JSON.parse(readFileSync(join(instance.home, "instance.json"), "utf8")) as {
      instance: string;
    };
    expect(config["Labels"]).toMatchObject({
      "superos.instance": name,
      "superos.pid": String(pid),
      "superos.project": project.id,
      "superos.generation": "1",
    });
  });

  test("is nothing that a box never is", async () => {
    const { box } = await boxOf({ project: project.id, table: writes });
    const { HostConfig: host, Config: config, Mounts: mounts, NetworkSettings: network } = box;
    expect(host).toMatchObject({ Privileged: false, PidMode: "", UTSMode: "", UsernsMode: "", OomKillDisable: false });
    for (const name of [
      "Binds",
      "Devices",
      "DeviceRequests",
      "DeviceCgroupRules",
      "PortBindings",
      "VolumesFrom",
      "GroupAdd",
      "Sysctls",
      "ExtraHosts",
    ]) {
      expect(Object.keys(Object(host[name])), name).toEqual([]);
    }
    expect(Object.keys(Object(config["Volumes"]))).toEqual([]);
    expect(Object.keys(Object(network["Ports"]))).toEqual([]);
    const networks = z.record(z.string(), z.object({ IPAddress: z.string(), Gateway: z.string() }));
    for (const [name, joined] of Object.entries(networks.parse(network["Networks"]))) {
      expect([name, joined]).toEqual(["none", { IPAddress: "", Gateway: "" }]);
    }
    const sources = mounts.map((mount) => `${String(mount["Destination"])} ${String(mount["RW"])}`);
    expect(sources.toSorted()).toEqual(["/project true", "/run/superos false"]);
    expect(JSON.stringify(mounts)).not.toContain("docker.sock");
    for (const mount of mounts) expect(String(mount["Source"]).startsWith(`${instance.home}/`)).toBe(true);
  });

  test("keeps what runs in it from the engine's eyes: arguments, environment and output", async () => {
    const secret = "to-be-kept-to-itself";
    const { box } = await boxOf({ argv: ["sh", "-c", `echo ${secret}; exec sleep 3600`], env: { SECRET: secret } });
    expect(JSON.stringify(box)).not.toContain(secret);
    expect(box.HostConfig["LogConfig"]).toMatchObject({ Type: "none" });
  });
});

describe("a table that cannot be had", () => {
  /** Asks for a spawn that must be refused, and holds that it made nothing. */
  async function refusedWith(
    table: readonly string[],
    of: ProjectView | null = project,
  ): Promise<Awaited<ReturnType<typeof faultOf>>> {
    const before = (await processes(instance, true)).filter(({ kind }) => kind === "container").map(({ pid }) => pid);
    const body = { project: of?.id ?? null, runtime: "python", argv: ["true"], table };
    const fault = await faultOf(instance.post("/api/v1/processes", body));
    const after = (await processes(instance, true)).filter(({ kind }) => kind === "container").map(({ pid }) => pid);
    expect(after).toEqual(before);
    await waitFor("no container", async () => (await instance.containers()).length === 0);
    return fault;
  }

  test("with ML_CONTEXT:logs is refused as unsupported, by name, and nothing is created", async () => {
    const fault = await refusedWith(["FS_READ:/project", "ML_CONTEXT:logs"]);
    expect(fault).toMatchObject({ code: "unsupported", status: 501 });
    expect(fault.message).toContain("ML_CONTEXT:logs");
  });

  test.each([["FS_READ:/project/sub"], ["FS_WRITE:/project/sub"]])(
    "with %s, where there is no such part, is not found, and nothing is created",
    async (capability) => {
      expect(await refusedWith(["FS_READ:/project/sub", capability])).toMatchObject({ code: "not_found", status: 404 });
    },
  );

  test.each([
    ["MEM:1Ti"],
    ["CPU:4096"],
    ["PIDS:40000"],
    ["DISK:2Ti"],
    ["TIME:366d"],
    ["OUT:2Ti"],
    ["IMAGE:debian:trixie-slim"],
  ])(
    "with %s, which is more than the session holds, is denied by name, and leaves a row in the audit log",
    async (capability) => {
      const fault = await refusedWith(["FS_READ:/project", capability]);
      expect(fault).toMatchObject({ code: "denied", status: 403, missing: capability });
      expect(fault.message).toContain(capability);
      const row = (await audit(instance)).findLast(({ what, missing }) => what === "spawn" && missing === capability);
      expect(row).toMatchObject({ verdict: "refused", code: "denied", missing: capability });
      expect(row?.on).toContain(project.id);
    },
  );

  test("with files but without a project, or with writing but not reading, is invalid", async () => {
    expect(await refusedWith(["FS_READ:/project"], null)).toMatchObject({
      code: "invalid",
      hint: expect.stringContaining("--project"),
    });
    expect(await refusedWith(["FS_WRITE:/project"])).toMatchObject({
      code: "invalid",
      hint: expect.stringContaining("FS_READ"),
    });
  });

  test.each([["MEM:1Mi"], ["MEM:6291455"], ["PIDS:5"], ["CPU:0.009"], ["DISK:255Mi"]])(
    "with %s, with which no container starts, is invalid, and not a failure of ours",
    async (capability) => {
      const fault = await refusedWith([capability]);
      expect(fault).toMatchObject({ code: "invalid", status: 400 });
      expect(fault.message).toContain(capability);
    },
  );

  test("is not the least one: a program runs with as little as a container starts with", async () => {
    const table = ["MEM:6Mi", "PIDS:6", "CPU:0.01", "OUT:1"];
    expect(await run(instance, { argv: ["echo", "x"], table })).toMatchObject({
      outcome: { kind: "code", code: 0 },
      stdout: "x\n",
    });
  });

  test("is never trimmed: what is granted is what was named", async () => {
    const reply = await instance.post("/api/v1/processes", {
      project: null,
      runtime: "python",
      argv: ["true"],
      table: ["MEM:32Mi", "PIDS:7"],
    });
    const view = processViewSchema.parse(await reply.json());
    expect(view.table.filter((text) => /^(MEM|PIDS)/.test(text))).toEqual(["MEM:32Mi", "PIDS:7"]);
  });
});

test("a project's files belong to its user alone on disk, below a home that only the kernel enters", () => {
  expect(statSync(instance.home).mode & 0o777).toBe(0o700);
  expect(statSync(join(filesOf(other), "secret")).uid).toBeGreaterThan(65_536);
});
