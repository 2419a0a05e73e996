import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";

/**
 * Holds the seccomp profile against its own explanation.
 *
 * That the engine enforces it is shown by programs in a real container; here only the file and its text are compared.
 */

const profileSchema = z.strictObject({
  defaultAction: z.literal("SCMP_ACT_ERRNO"),
  defaultErrnoRet: z.literal(1),
  archMap: z.array(z.strictObject({ architecture: z.string(), subArchitectures: z.array(z.string()) })),
  syscalls: z.array(
    z.strictObject({
      comment: z.string().min(1),
      names: z.array(z.string().regex(/^[a-z0-9_]+$/)).min(1),
      action: z.enum(["SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"]),
      errnoRet: z.number().int().optional(),
      includes: z.strictObject({ minKernel: z.literal("4.8") }).optional(),
      args: z
        .array(
          z.strictObject({
            index: z.number().int().min(0).max(5),
            value: z.number().int(),
            valueTwo: z.number().int().optional(),
            op: z.enum(["SCMP_CMP_EQ", "SCMP_CMP_NE", "SCMP_CMP_MASKED_EQ"]),
          }),
        )
        .optional(),
    }),
  ),
});

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");
const profile = profileSchema.parse(JSON.parse(read("seccomp.json")));
const explanation = read("seccomp.md");

/** The syscall names in the first column of the table below a heading. */
function explained(heading: string): string[] {
  const section = explanation.split(`## ${heading}`)[1]?.split("\n## ")[0] ?? "";
  const cells = section.split("\n").flatMap((line) => (line.startsWith("| `") ? [line.split("|")[1] ?? ""] : []));
  return cells.flatMap((cell) => [...cell.matchAll(/`([a-z0-9_]+)`/g)].map((match) => match[1] ?? ""));
}

const outright = profile.syscalls.filter((rule) => rule.action === "SCMP_ACT_ALLOW" && rule.args === undefined);
const inPart = profile.syscalls.filter((rule) => rule.args !== undefined);
const namesOf = (rules: typeof profile.syscalls): string[] => rules.flatMap((rule) => rule.names);

test("no syscall that is said to be refused is allowed outright", () => {
  const refused = explained("Refused, and why");
  expect(refused).toContain("io_uring_setup");
  expect(refused.filter((name) => namesOf(outright).includes(name))).toEqual([]);
});

test("of the refused syscalls only clone is allowed, without a new namespace", () => {
  const refused = explained("Refused, and why");
  expect([...new Set(namesOf(inPart).filter((name) => refused.includes(name)))]).toEqual(["clone"]);
  const newNamespaces = 0x7e020000;
  expect(inPart.find((rule) => rule.names.includes("clone"))?.args).toEqual([
    { index: 0, value: newNamespaces, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" },
  ]);
});

test("every syscall that is allowed in part is explained, and none of them is allowed outright as well", () => {
  const partial = [...new Set(namesOf(inPart))].filter((name) => name !== "clone");
  expect(partial.toSorted()).toEqual(explained("Allowed in part").toSorted());
  expect(partial.filter((name) => namesOf(outright).includes(name))).toEqual([]);
});

test("clone3 is answered as a syscall that does not exist", () => {
  expect(profile.syscalls.filter((rule) => rule.names.includes("clone3"))).toMatchObject([
    { action: "SCMP_ACT_ERRNO", errnoRet: 38 },
  ]);
});

test("no syscall is listed twice outright", () => {
  const names = namesOf(outright);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test("no 32-bit architecture is let in beside a 64-bit one", () => {
  expect(profile.archMap).toEqual([
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: [] },
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: [] },
  ]);
});

test("socket families are Unix, IPv4, IPv6 and netlink", () => {
  const families = inPart
    .filter((rule) => rule.names.includes("socket"))
    .map((rule) => rule.args?.find((argument) => argument.index === 0)?.value);
  expect(new Set(families)).toEqual(new Set([1, 2, 10, 16]));
});

/** What Docker's default of May 2026 refuses to a container without capabilities, on these two architectures. */
const refusedByDocker = `
  _sysctl acct add_key afs_syscall bpf chroot clock_settime clone3 create_module delete_module fanotify_init finit_module fsconfig
  fsmount fsopen fspick get_kernel_syms get_mempolicy getpmsg init_module io_uring_enter io_uring_register io_uring_setup ioperm
  iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie lsm_get_self_attr lsm_list_modules lsm_set_self_attr mbind
  migrate_pages mount mount_setattr move_mount move_pages nfsservctl open_by_handle_at open_tree perf_event_open pidfd_getfd
  pivot_root process_madvise putpmsg query_module quotactl quotactl_fd reboot request_key security set_mempolicy
  set_mempolicy_home_node setdomainname sethostname setns settimeofday swapoff swapon sysfs syslog tuxcall umount umount2 unshare
  uselib userfaultfd ustat vhangup vserver`
  .trim()
  .split(/\s+/);

test("nothing passes that Docker's default refuses to a container without capabilities", () => {
  const allowed = namesOf(profile.syscalls.filter((rule) => rule.action === "SCMP_ACT_ALLOW"));
  expect(refusedByDocker.filter((name) => allowed.includes(name))).toEqual([]);
});

test("tracing is allowed from the Linux on that looks at the filter after the tracer, as in Docker's default", () => {
  const rules = profile.syscalls.filter((rule) => rule.names.includes("ptrace"));
  expect(rules).toMatchObject([{ names: ["ptrace"], includes: { minKernel: "4.8" } }]);
});

test("no rule lets through what its family or an argument was to hold back: AF_ALG, AF_VSOCK, socketcall, other pairs", () => {
  expect(namesOf(profile.syscalls)).not.toContain("socketcall");
  const pairs = inPart.filter((rule) => rule.names.includes("socketpair"));
  expect(pairs.map((rule) => rule.args)).toEqual([[{ index: 0, value: 1, op: "SCMP_CMP_EQ" }]]);
  for (const rule of inPart.filter(({ names }) => names.includes("socket"))) {
    expect(rule.args?.[0]).toMatchObject({ index: 0, op: "SCMP_CMP_EQ" });
  }
});
