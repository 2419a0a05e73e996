import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import { importProject, run } from "../system/caller.ts";
import { type Attempt, ask, filesOf, said, script, small, start, titled, type Words, words, writes } from "./box.ts";
import { hostPidOf, HostWatch } from "./host-watch.ts";

/**
 * Ways out by /proc and /sys, by identity, and by reaching for processes that are not one's own.
 *
 * Writing to a few of the well-known files is tried in `tests/kernel/isolation.test.ts`; here is what else was used to
 * leave a container. Files that this host does not have are as good as closed.
 */

const closed = ["EROFS", "EACCES", "EPERM", "ENOENT"];
const setting = `
def put(*paths):
    """The first of several files that can be opened for writing; or how all of them refused."""
    answers = set()
    for path in paths:
        answers.add(here(lambda: os.close(os.open(path, os.O_WRONLY))))
        if "ok" in answers: return path
    return ",".join(sorted(answers))
def get(*paths):
    answers = set()
    for path in paths:
        answer = here(lambda: os.read(os.open(path, os.O_RDONLY | os.O_NONBLOCK), 64) and path)
        if answer.startswith("/"): return answer
        answers.add("empty" if answer == "b''" else answer)
    return ",".join(sorted(answers))
def below(top, names):
    return [os.path.join(at, name) for at, _, files in os.walk(top) for name in files if name in names]
def auxiliary(*command):
    shown = subprocess.run(command, env={"LD_SHOW_AUXV": "1"}, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout
    return dict(line.split(":", 1) for line in shown.splitlines() if line.startswith("AT_"))
`;

const files: readonly Attempt[] = [
  [
    "where the host's kernel calls programs: modprobe, core_pattern, uevent_helper, binfmt_misc",
    'put("/proc/sys/kernel/modprobe", "/proc/sys/kernel/core_pattern", "/sys/kernel/uevent_helper", "/proc/sys/fs/binfmt_misc/register")',
  ],
  [
    "where a cgroup calls a program: release_agent",
    'put(*below("/sys/fs/cgroup", ("release_agent", "notify_on_release")) or ["/sys/fs/cgroup/release_agent"])',
  ],
  [
    "its own limits in the cgroup",
    'put(*below("/sys/fs/cgroup", ("memory.limit_in_bytes", "memory.max", "pids.max", "cpu.max", "cpu.cfs_quota_us", "devices.allow", "cgroup.procs", "tasks", "cgroup.freeze")))',
  ],
  [
    "another cgroup made below its own",
    'every(*[(lambda at=at: os.mkdir(at + "/escape")) for at in ["/sys/fs/cgroup"] + ["/sys/fs/cgroup/" + name for name in os.listdir("/sys/fs/cgroup") if os.path.isdir("/sys/fs/cgroup/" + name)]])',
  ],
  [
    "the machine's switches: sysrq, drop_caches, panic, power state",
    'put("/proc/sysrq-trigger", "/proc/sys/vm/drop_caches", "/proc/sys/kernel/panic", "/sys/power/state", "/proc/sys/kernel/sysrq")',
  ],
  [
    "interrupts and their processors",
    'put(*below("/proc/irq", ("smp_affinity", "smp_affinity_list"))[:20] or ["/proc/irq/default_smp_affinity"])',
  ],
  [
    "parameters of modules and of block devices",
    'put(*(below("/sys/module", ("debug", "nr_requests", "panic"))[:50] + below("/sys/block", ("scheduler", "read_ahead_kb"))[:20] or ["/sys/module/x"]))',
  ],
  [
    "the kernel's debugging, tracing, security and BPF file systems",
    'put("/sys/kernel/debug/x", "/sys/kernel/tracing/trace", "/sys/kernel/security/lockdown", "/sys/fs/bpf/x", "/sys/kernel/mm/ksm/run", "/sys/kernel/mm/transparent_hugepage/enabled")',
  ],
  ["the firmware's variables", 'put("/sys/firmware/efi/vars/x", "/proc/acpi/wakeup", "/proc/mtrr", "/proc/scsi/scsi")'],
  [
    "its own user map, group map and clock",
    'every(lambda: write("/proc/self/uid_map", "0 %d 1" % os.getuid()), lambda: write("/proc/self/gid_map", "0 0 1"), lambda: write("/proc/self/timens_offsets", "1 1000 0"))',
  ],
].map(([title = "", act = ""]) => ({ title: `writing ${title}`, act, expect: closed }));

const looks: readonly Attempt[] = [
  ["the machine's memory", 'get("/proc/kcore", "/dev/mem", "/dev/kmem", "/dev/port")', [...closed, "empty"]],
  ["the kernel's log", 'get("/proc/kmsg", "/dev/kmsg")', closed],
  [
    "keys, timers, scheduler",
    'get("/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/latency_stats")',
    [...closed, "empty"],
  ],
  [
    "addresses of the kernel's code",
    'str(any(int(line.split()[0], 16) for line in open("/proc/kallsyms"))) if os.access("/proc/kallsyms", os.R_OK) else "EACCES"',
    ["False", "EACCES"],
  ],
  [
    "disks and other devices",
    'get("/dev/sda", "/dev/vda", "/dev/nvme0n1", "/dev/loop0", "/dev/loop-control", "/dev/fuse", "/dev/kvm", "/dev/mapper/control", "/dev/input/event0", "/dev/tty1", "/dev/console")',
    closed,
  ],
].map(([title, act, expected]) => ({ title: `reading ${String(title)}`, act, expect: expected }) as Attempt);

const others: readonly Attempt[] = [
  [
    "the program of the init, opened for writing",
    'put("/proc/1/exe", "/proc/self/exe", "/usr/sbin/docker-init", "/sbin/docker-init")',
    [...closed, "ETXTBSY"],
  ],
  [
    "a descriptor that the engine's runtime left open",
    '",".join(target for target in (here(lambda: os.readlink("/proc/self/fd/" + fd)) for fd in os.listdir("/proc/self/fd") if int(fd) > 2) if target.startswith("/") and not target.startswith("/proc/")) or "none"',
    ["none"],
  ],
  [
    "a directory outside by way of a descriptor that was left open",
    '",".join(fd for fd in map(str, range(3, 40)) if os.path.exists("/proc/self/fd/%s/../../../../etc/superos-host" % fd)) or "none"',
    ["none"],
  ],
].map(([title, act, expected]) => ({ title, act, expect: expected }) as Attempt);

const identity: readonly Attempt[] = [
  [
    "a set-user-id program of the image gives no other user",
    '",".join(sorted({auxiliary(path, "--version").get("AT_EUID", "hidden").strip() for path in (os.path.join(at, name) for top in ("/bin/", "/usr/bin", "/usr/sbin", "/usr/lib") for at, _, names in os.walk(top) for name in names) if os.path.isfile(path) and os.stat(path).st_mode & 0o6000} - {str(os.getuid())})) or "none"',
    ["none"],
  ],
  [
    "every capability asked for",
    "call((126, 91), struct.pack('II', 0x20080522, 0), struct.pack('6I', *[0xffffffff] * 6))",
    ["EPERM"],
  ],
  ["an ambient capability raised", "call((157, 167), 47, 2, 21, 0, 0)", ["EPERM"]],
  ["no-new-privileges taken back", "call((157, 167), 38, 0, 0, 0, 0)", ["EINVAL"]],
  ["the filter taken back", "call((157, 167), 22, 0, 0)", ["EINVAL"]],
  ["the securebits changed", "call((157, 167), 28, 0, 0, 0, 0)", ["EPERM"]],
  ["its own memory map rewritten", "call((157, 167), 35, 1, 0, 0, 0)", ["EPERM", "EINVAL"]],
  [
    "a file given to root, and to another project",
    'every(lambda: os.chown("/project/main.py", 0, 0), lambda: os.chown("/project/main.py", -1, 0), lambda: os.chown("/project/main.py", os.getuid() + 1, -1))',
    ["EPERM"],
  ],
  [
    "a capability written on a file",
    "os.setxattr('/project/main.py', 'security.capability', struct.pack('5I', 0x02000001, 0x200000, 0, 0, 0))",
    ["EPERM"],
  ],
  [
    "a trusted attribute, and flags that only root sets",
    "every(lambda: os.setxattr('/project/main.py', 'trusted.x', b'x'), lambda: fcntl.ioctl(os.open('/project/main.py', os.O_RDONLY), 0x40086602, struct.pack('l', 0x10)))",
    ["EPERM"],
  ],
  [
    "a device made in the project",
    'every(lambda: os.mknod("/project/sda", 0o600 | stat.S_IFBLK, 0x800), lambda: os.mknod("/project/null", 0o600 | stat.S_IFCHR, 0x103))',
    ["EPERM"],
  ],
  [
    "more priority for its computing",
    "every(lambda: call((141, 140), 0, 0, -20), lambda: call((141, 140), 0, 0, -1))",
    ["EACCES"],
  ],
  ["real-time scheduling", "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))", ["EPERM"]],
  ["real-time disk priority", "call((251, 30), 1, 0, 1 << 13)", ["EPERM"]],
  [
    "limits beyond the hard ones",
    "every(lambda: call((302, 261), 0, 7, struct.pack('QQ', 1 << 20, 1 << 20), 0), lambda: call((302, 261), 0, 4, struct.pack('QQ', 1, 1), 0))",
    ["EPERM"],
  ],
].map(([title, act, expected]) => ({ title, act, expect: expected }) as Attempt);

const every = `
def every(*acts):
    answers = {tried(act) for act in acts}
    return answers.pop() if len(answers) == 1 else ",".join(sorted(answers))
`;

let instance: Instance;
let watch: HostWatch;
let project: ProjectView;
let answers: Words;

beforeAll(async () => {
  instance = await Instance.start();
  project = await importProject(instance, "site", rawArchive({ name: "main.py", content: "x = 1\n" }));
  watch = await HostWatch.begin(instance);
  const attempts = [...files, ...looks, ...others, ...identity];
  const text = every + setting + script(attempts);
  answers = await ask(instance, words, { script: text, project: project.id, table: [...writes, "MEM:128Mi"] });
});
afterAll(() => instance.remove());

/** Every one of the ends, which are joined by commas. */
function refused(title: string, refusals: readonly string[]): void {
  const ends = (answers[title] ?? "not tried").split(",");
  expect(ends.filter((end) => !refusals.includes(end))).toEqual([]);
}

test.each(titled(files))("%s: refused", refused);
test.each(titled(looks))("%s: nothing is shown", refused);
test.each(titled(others))("%s: there is none", refused);
test.each(titled(identity))("%s: refused", refused);

test.each([3, 4, 5, 6, 7, 8, 9, 10].map((fd) => [`/proc/self/fd/${fd}/../../..`, fd]))(
  "a program that is to start in %s, which an engine's runtime may have left open, starts nowhere outside",
  async (cwd) => {
    const argv = ["sh", "-c", "pwd -P; ls -d etc/passwd project home 2>/dev/null; cat /proc/self/mountinfo | wc -l"];
    const started = await run(instance, { argv, cwd: String(cwd), table: [small] }).catch((error: unknown) =>
      String(error),
    );
    const end = typeof started === "string" ? started : (started.stdout.split("\n")[0] ?? "");
    expect(end).toMatch(/not_found|invalid|^\/(proc(\/.*)?)?$/);
  },
);

describe("processes of other boxes, also of the same user", () => {
  let neighbour = 0;
  let hostPids: Record<string, number> = {};

  beforeAll(async () => {
    neighbour = await start(instance, {
      script: `
def note(number, _): os.write(1, b"signal %d\\n" % number)
for each in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}: signal.signal(each, note)
print("ready", flush=True)
while True:
    time.sleep(0.1)
    print("tick", flush=True)`,
      project: project.id,
    });
    hostPids = {
      host: watch.hostPid,
      kernel: instance.kernel.pid ?? 0,
      bystander: await hostPidOf(instance, watch.bystander),
      neighbour: await hostPidOf(instance, neighbour),
    };
    if (Object.values(hostPids).some((pid) => pid <= 1)) throw new Error(JSON.stringify(hostPids));
  });

  const nice = (pid: number): string => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[16] ?? "";

  const reachable: readonly [string, string, readonly string[]][] = [
    [
      "a signal by kill, tgkill and a queue",
      "every(lambda: os.kill(pid, 9), lambda: call((234, 131), pid, pid, 9), lambda: call((129, 138), pid, 9, bytes(128)))",
      ["ESRCH", "EPERM"],
    ],
    ["a descriptor of the process, and a signal by it", "signal.pidfd_send_signal(os.pidfd_open(pid), 9)", ["ESRCH"]],
    [
      "tracing by attach and by seize",
      "every(lambda: call((101, 117), 16, pid, 0, 0), lambda: call((101, 117), 0x4206, pid, 0, 0))",
      ["ESRCH"],
    ],
    ["its memory, by the call", "call((310, 270), pid, bytes(16), 1, bytes(16), 1, 0)", ["EPERM"]],
    ["its files in /proc", 'os.open("/proc/%d/mem" % pid, os.O_RDWR)', ["ENOENT"]],
    [
      "its root and descriptors in /proc",
      'every(lambda: os.listdir("/proc/%d/root" % pid), lambda: os.listdir("/proc/%d/fd" % pid))',
      ["ENOENT"],
    ],
    [
      "its limits, priority, processors",
      "every(lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (1, 1)), lambda: os.setpriority(os.PRIO_PROCESS, pid, 19), lambda: os.sched_setaffinity(pid, {0}), lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0)))",
      ["ESRCH"],
    ],
    [
      "its session, group and scheduling",
      "every(lambda: os.getsid(pid), lambda: os.getpgid(pid), lambda: os.sched_getaffinity(pid))",
      ["ESRCH"],
    ],
    ["being sent its signals by a descriptor", "fcntl.fcntl(socket.socketpair()[0], fcntl.F_SETOWN, pid)", ["ESRCH"]],
  ];

  test.each(reachable)("%s: there is no such process", async (_, act, refusals) => {
    // A number of the host that is taken in this box by chance would be the box's own process.
    const text = `${every}
hosts = json.loads(${JSON.stringify(JSON.stringify(hostPids))})
answer = {name: tried(lambda: ${act}) for name, pid in hosts.items() if not os.path.exists("/proc/%d" % pid)}`;
    const got = await ask(instance, words, { script: text, project: project.id });
    expect(Object.keys(got).length).toBeGreaterThan(2);
    expect(
      Object.values(got)
        .flatMap((each) => each.split(","))
        .filter((end) => !refusals.includes(end)),
    ).toEqual([]);
  });

  test("a signal to everybody, and a priority for everybody of the user, stay in the box", async () => {
    const text = `
for number in range(1, 3): signal.signal([0, signal.SIGUSR1, signal.SIGTERM][number], signal.SIG_IGN)
own = os.fork()
if own == 0:
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    while True: time.sleep(1)
time.sleep(0.3)
answer = {
  "everybody": here(lambda: os.kill(-1, signal.SIGUSR1)),
  "own child": signal.Signals(os.WTERMSIG(os.waitpid(own, 0)[1])).name,
  "user": here(lambda: os.setpriority(os.PRIO_USER, os.getuid(), 19)),
  "disk": here(lambda: call((251, 30), 3, os.getuid(), 3 << 13)),
  "nice": str(os.getpriority(os.PRIO_PROCESS, 0)),
}`;
    const before = Object.values(hostPids).map(nice);
    const got = await ask(instance, words, { script: text, project: project.id });
    expect(got).toEqual({ everybody: "ok", "own child": "SIGUSR1", user: "ok", disk: "ok", nice: "19" });
    expect(Object.values(hostPids).map(nice)).toEqual(before);
    expect(await said(instance, neighbour)).not.toContain("signal");
  });

  test("killing everybody kills the box alone", async () => {
    const { outcome } = await run(instance, {
      argv: ["python3", "-c", "import os; os.kill(-1, 9)"],
      project: project.id,
      table: [small],
    });
    expect(outcome.kind).not.toBe("fault");
    const ticks = (await said(instance, neighbour)).length;
    await watch.ticks();
    expect((await said(instance, neighbour)).length).toBeGreaterThan(ticks);
    expect(await said(instance, neighbour)).not.toContain("signal");
  });
});

test("the project has no file that it did not have", () => {
  expect(readFileSync(`${filesOf(instance, project)}/main.py`, "utf8")).toBe("x = 1\n");
});

test("all of it changed nothing on the host, and everybody else goes on", async () => {
  expect(await watch.changes()).toEqual([]);
});
