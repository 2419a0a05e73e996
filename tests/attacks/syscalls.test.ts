import { afterAll, beforeAll, expect, test } from "vitest";
import { runtimeNameSchema } from "../../kernel/abi/index.ts";
import { setUpImages } from "../../kernel/setup.ts";
import { finish, Instance } from "../setup/instance.ts";
import { type Attempt, ask, prelude, script, titled, type Words, words } from "./box.ts";
import { HostWatch } from "./host-watch.ts";

/**
 * The system calls by which boxes were left before: each is made with arguments that mean it, and must be refused.
 *
 * `tests/kernel/isolation.test.ts` makes some of them with arguments that mean nothing. The control at the end makes the
 * same calls without the filter, so that a refusal here is the filter's and not a mistake of the program's.
 */

const filter = ["EPERM"];
const gone = ["EPERM", "ENOSYS"];

const setting = `
buffer = ctypes.create_string_buffer(4096)
NEW = dict(NEWTIME=0x80, NEWNS=0x20000, NEWCGROUP=0x2000000, NEWUTS=0x4000000, NEWIPC=0x8000000, NEWUSER=0x10000000, NEWPID=0x20000000, NEWNET=0x40000000)
def clone(flags):
    pid = libc.syscall(ctypes.c_long(56 if x86 else 220), ctypes.c_long(flags | signal.SIGCHLD), 0, 0, 0, 0)
    if pid == 0: os._exit(0)
    if pid == -1: raise OSError(ctypes.get_errno(), "")
    os.waitpid(pid, 0)
def machine_code(code):
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    run = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
    return "ran: %d" % run()
def every(*acts):
    """All of several must end the same way, which is the answer."""
    answers = {tried(act) for act in acts}
    return answers.pop() if len(answers) == 1 else "not the same: " + repr(sorted(answers))
def path(text): return text.encode() + b"\\0"
def key(text): return ctypes.create_string_buffer(text.encode())
`;

const attempts: readonly Attempt[] = [
  ["a file system mounted over a directory", 'call((165, 40), b"x", b"/tmp", b"tmpfs", 0, 0)', filter],
  ["the root bound to another place", 'call((165, 40), b"/", b"/tmp", 0, 0x5000, 0)', filter],
  ["the root made writable by a remount", 'call((165, 40), b"x", b"/", 0, 0x1020, 0)', filter],
  ["the process's directory unmounted", 'call((166, 39), b"/run/superos", 2)', filter],
  [
    "the new mount calls: fsopen, fsmount, move_mount",
    'every(lambda: call(430, b"tmpfs", 0), lambda: call(432, 3, 0, 0), lambda: call(429, -100, b"/tmp", -100, b"/mnt", 0))',
    filter,
  ],
  [
    "a tree of mounts cloned and changed: open_tree, mount_setattr",
    'every(lambda: call(428, -100, b"/", 0x8001), lambda: call(442, -100, b"/", 0x8000, buffer, 32))',
    filter,
  ],
  ["the root swapped: pivot_root", 'call((155, 41), b"/tmp", b"/tmp")', filter],
  ["another root: chroot", 'call((161, 51), b"/tmp")', filter],
  ["a user namespace by unshare", "call((272, 97), NEW['NEWUSER'])", filter],
  ["a user and a mount namespace at once", "call((272, 97), NEW['NEWUSER'] | NEW['NEWNS'])", filter],
  [
    "each other namespace by unshare",
    "every(*[(lambda flag=flag: call((272, 97), flag)) for flag in NEW.values()])",
    filter,
  ],
  ["a user namespace by clone", "clone(NEW['NEWUSER'])", filter],
  [
    "each namespace by clone",
    "every(*[(lambda flag=flag: clone(flag)) for name, flag in NEW.items() if name != 'NEWTIME'])",
    filter,
  ],
  [
    "a user namespace by clone3, whose flags no filter sees",
    'call(435, struct.pack("8Q", NEW["NEWUSER"], 0, 0, 0, signal.SIGCHLD, 0, 0, 0), 64)',
    ["ENOSYS"],
  ],
  ["a namespace entered by its file", 'call((308, 268), os.open("/proc/self/ns/net", os.O_RDONLY), 0)', filter],
  [
    "the init's namespaces entered by its descriptor",
    "call((308, 268), os.pidfd_open(1), NEW['NEWNS'] | NEW['NEWPID'])",
    filter,
  ],
  [
    "io_uring",
    "every(lambda: call(425, 8, buffer), lambda: call(426, 0, 1, 0, 0, 0, 0), lambda: call(427, 0, 0, 0, 0))",
    filter,
  ],
  [
    "a map and a program for BPF",
    'every(lambda: call((321, 280), 0, struct.pack("5I", 2, 4, 4, 1, 0).ljust(128, b"\\0"), 128), lambda: call((321, 280), 5, bytes(128), 128))',
    filter,
  ],
  ["a performance counter", 'call((298, 241), struct.pack("IIQ", 1, 112, 0).ljust(112, b"\\0"), 0, -1, -1, 0)', filter],
  ["faults handled by user code", "call((323, 282), 1)", filter],
  [
    "the session's keyring read, joined and possessed",
    "every(lambda: call((250, 219), 0, -3, 1), lambda: call((250, 219), 1, 0), lambda: call((250, 219), 22, -4))",
    filter,
  ],
  [
    "a key added, and one requested from the host",
    'every(lambda: call((248, 217), b"user", b"superos", b"x", 1, -3), lambda: call((249, 218), b"user", b"superos", 0, -3))',
    filter,
  ],
  [
    "a file's handle, and a file by its handle",
    'every(lambda: call((303, 264), -100, b"/", buffer, buffer, 0), lambda: call((304, 265), -100, struct.pack("IIQ", 8, 1, 2), 0))',
    filter,
  ],
  [
    "another kernel loaded",
    "every(lambda: call((246, 104), 0, 0, 0, 0), lambda: call((320, 294), 0, 0, 0, 0, 0))",
    filter,
  ],
  [
    "a module loaded and removed",
    'every(lambda: call((175, 105), buffer, 8, b""), lambda: call((313, 273), 0, b"", 0), lambda: call((176, 106), b"ext4", 0x800))',
    filter,
  ],
  ["the machine restarted", "call((169, 142), 0xfee1dead, 672274793, 0, 0)", filter],
  [
    "swap switched on and off",
    'every(lambda: call((167, 224), b"/tmp/swap", 0), lambda: call((168, 225), b"/tmp/swap"))',
    filter,
  ],
  ["process accounting to a file", 'call((163, 89), b"/tmp/acct")', filter],
  [
    "disk quotas",
    'every(lambda: call((179, 60), 0x800002, b"/dev/sda", 0, buffer), lambda: call(443, 0, 0, 0, 0))',
    gone,
  ],
  [
    "the kernel's log read and cleared",
    "every(lambda: call((103, 116), 3, buffer, 4096), lambda: call((103, 116), 5, 0, 0))",
    filter,
  ],
  [
    "the clock set",
    'every(lambda: call((164, 170), struct.pack("qq", 0, 0), 0), lambda: call((227, 112), 0, struct.pack("qq", 0, 0)))',
    filter,
  ],
  ["the clock's speed changed", "every(lambda: call((159, 171), buffer), lambda: call((305, 266), 0, buffer))", filter],
  ["the host's name", 'every(lambda: call((170, 161), b"owned", 5), lambda: call((171, 162), b"owned", 5))', filter],
  ["hardware ports", "every(lambda: call((172, None), 3), lambda: call((173, None), 0x70, 2, 1))", gone],
  [
    "calls that were given up: nfsservctl, sysfs, uselib, ustat, _sysctl, lookup_dcookie, vhangup",
    "every(*[(lambda number=number: call((number, None), 1, buffer, buffer)) for number in (180, 139, 134, 136, 156, 212, 153)])",
    gone,
  ],
  [
    "address randomization switched off, and reading made executing",
    "every(lambda: call((135, 92), 0x40000), lambda: call((135, 92), 0x400000))",
    filter,
  ],
  ["a segment of its own: modify_ldt", "call((154, None), 1, buffer, 16)", gone],
  ["a whole file system watched", "call((300, 262), 0, 0)", filter],
  ["memory that nobody can inspect", "call(447, 0)", gone],
  [
    "memory placed for others: mbind, set_mempolicy, migrate_pages, move_pages",
    "every(lambda: call((237, 235), 0, 0, 0, 0, 0, 0), lambda: call((238, 237), 0, 0, 0), lambda: call((256, 238), 1, 0, 0, 0), lambda: call((279, 239), 1, 0, 0, 0, 0, 0))",
    filter,
  ],
  [
    "the init's memory read and written past its back",
    "every(lambda: call((310, 270), 1, buffer, 0, buffer, 0, 0), lambda: call((311, 271), 1, buffer, 0, buffer, 0, 0))",
    filter,
  ],
  ["a descriptor of the init's taken", "call(438, os.pidfd_open(1), 0, 0)", filter],
  [
    "the init's memory given away, and compared: process_madvise, process_mrelease, kcmp",
    "every(lambda: call(440, os.pidfd_open(1), buffer, 1, 20, 0), lambda: call(448, os.pidfd_open(1), 0), lambda: call((312, 272), 1, 1, 0, 0, 0))",
    filter,
  ],
  [
    "a call through the 32-bit table",
    'machine_code(b"\\xb8\\x14\\0\\0\\0\\xcd\\x80\\xc3") if x86 else os.kill(os.getpid(), signal.SIGSYS)',
    ["SIGSYS"],
  ],
  [
    "socketcall through the 32-bit table",
    'machine_code(b"\\x53\\xb8\\x66\\0\\0\\0\\xbb\\x01\\0\\0\\0\\x31\\xc9\\xcd\\x80\\x5b\\xc3") if x86 else os.kill(os.getpid(), signal.SIGSYS)',
    ["SIGSYS"],
  ],
  ["a call through the x32 table", "call(0x40000000 + 39) if x86 else os.kill(os.getpid(), signal.SIGSYS)", ["SIGSYS"]],
].map(([title, act, expected]) => ({ title, act, expect: expected }) as Attempt);

let instance: Instance;
let watch: HostWatch;
let answers: Words;

beforeAll(async () => {
  instance = await Instance.start();
  watch = await HostWatch.begin(instance);
  answers = await ask(instance, words, { script: setting + script(attempts) });
});
afterAll(() => instance.remove());

test.each(titled(attempts))("%s: refused", (title, refusals) => {
  expect(refusals).toContain(answers[title]);
});

/** The same program in a plain container of the same image: no filter, and still no capability. */
async function withoutFilter(): Promise<Words> {
  const images = setUpImages(() => undefined);
  await images.load();
  const { id: image } = await images.provide(runtimeNameSchema.parse("python"));
  const box = ["--network=none", "--user=12345:12345", "--cap-drop=ALL", "--read-only", "--init", "--tmpfs=/tmp"];
  const options = [...box, "--security-opt=no-new-privileges", "--security-opt=seccomp=unconfined", "--memory=128m"];
  const input = `${prelude}\n${setting}${script(attempts)}\nprint(json.dumps(answer))`;
  const ended = await finish("docker", ["run", "--rm", "-i", ...options, image, "python3", "-"], { input });
  expect([ended.stderr, ended.code]).toEqual(["", 0]);
  return words.parse(JSON.parse(ended.stdout.toString()));
}

test("without the filter the kernel itself answers the same calls, and takes some of them", async () => {
  const open = await withoutFilter();
  const byKernel = attempts.filter(({ title, expect: refusals }) => !refusals.includes(open[title] ?? ""));
  expect(byKernel.length).toBeGreaterThan(attempts.length / 4);
  expect(byKernel.map(({ title }) => title)).toEqual(
    expect.arrayContaining([
      "the init's memory read and written past its back",
      "a file's handle, and a file by its handle",
    ]),
  );
});

test("calls that a program needs are no attempts: the same way of calling gets an answer", async () => {
  const control = [
    { title: "getpid", act: "call((39, 172))", expect: ["ok"] },
    { title: "close of nothing", act: "call((3, 57), -1)", expect: ["EBADF"] },
    { title: "fork", act: "clone(0)", expect: ["ok"] },
    { title: "personality as it is", act: "call((135, 92), 0xffffffff)", expect: ["ok"] },
  ];
  const got = await ask(instance, words, { script: setting + script(control) });
  expect(got).toEqual({ getpid: "ok", "close of nothing": "EBADF", fork: "ok", "personality as it is": "ok" });
});

test("all of it changed nothing on the host, and everybody else goes on", async () => {
  expect(await watch.changes()).toEqual([]);
});
