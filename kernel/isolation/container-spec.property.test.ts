import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type CapabilityTable, Fault, formatCapability, isQuotaKind, parseCapability } from "../abi/index.ts";
import { containerSpec, type BindMount, type ContainerSpec } from "./container-spec.ts";
import { bindsOf, quotaTexts, sampleBox } from "./sample-box.ts";

/**
 * What a container may do, read off its options alone, over generated tables: it is what the table names, and less of
 * a table never makes more of a container.
 */

const nightly = process.env["SUPEROS_NIGHTLY"] === "1";
const numRuns = nightly ? 100_000 : 2000;
const timeout = nightly ? 3_600_000 : 120_000;

const names = ["a", "b", "ab"];
const path = fc.array(fc.constantFrom(...names), { maxLength: 3 }).map((parts) => ["/project", ...parts].join("/"));
const files = fc.tuple(fc.constantFrom("FS_READ", "FS_WRITE"), path).map(([kind, at]) => `${kind}:${at}`);
const others = fc.constantFrom(
  "PROC_SPAWN",
  "PROC_SPAWN:python",
  "PROC_SIGNAL",
  "NET_BIND:localhost",
  "NET_BIND:localhost:8080",
  "NET_CONNECT:*",
  "NET_CONNECT:*.example.org:443",
  "NET_CONNECT:169.254.169.254",
  "NET_CONNECT:db",
  "IPC_SEND:jobs",
  "IPC_RECV:jobs",
  "SHM_MAP:frames:ro",
  "SHM_MAP:frames:rw",
  "SHM_MAP:a:rw",
  "SHM_MAP:*:rw",
  "ML_CONTEXT:logs",
  "IMAGE:other",
  "DISK:1Gi",
);
const rights = fc
  .array(fc.oneof({ weight: 3, arbitrary: files }, { weight: 1, arbitrary: others }), { maxLength: 8 })
  .map((texts) => texts.map(parseCapability));
const required = quotaTexts.map(parseCapability);
const table = rights.chain((some) => fc.shuffledSubarray([...required, ...some], { minLength: 5 + some.length }));

const specOf = (entries: CapabilityTable): ContainerSpec => containerSpec(sampleBox([], { table: entries }));

/** Paths below the project, the project itself first. */
const targets = [[], ...names.map((name) => [name])]
  .flatMap((top) =>
    [[], ...names.flatMap((name) => [[name], ...names.map((next) => [name, next])])].map((rest) => [...top, ...rest]),
  )
  .map((parts) => ["/project", ...parts].join("/"));
const { filesDir } = sampleBox();

interface Reached {
  readonly source: string;
  readonly write: boolean;
}

const wider = (now: Reached | undefined, then: Reached | undefined): boolean =>
  now !== undefined && (then === undefined || now.source !== then.source || (now.write && !then.write));

/** What a path in the container leads to: the mount that lies deepest decides. */
function reach(spec: ContainerSpec, target: string): Reached | undefined {
  const over = bindsOf(spec).filter((mount) => `${target}/`.startsWith(`${mount.Target}/`));
  const mount = over.toSorted((a, b) => b.Target.length - a.Target.length)[0];
  if (mount === undefined) return undefined;
  return { source: mount.Source + target.slice(mount.Target.length), write: !mount.ReadOnly };
}

const isSegment = ({ Target: target }: BindMount): boolean => target.startsWith("/run/superos/shm/");

/** The segments of one that the other does not have, or not to write. */
const moreSegments = (now: ContainerSpec, then: ContainerSpec): BindMount[] =>
  bindsOf(now)
    .filter(isSegment)
    .filter(
      (mount) =>
        !bindsOf(then).some(
          ({ Target, Source, ReadOnly }) =>
            Target === mount.Target && Source === mount.Source && (!ReadOnly || mount.ReadOnly),
        ),
    );

/** All of a container but the mounts of files and segments, and the gate's list of them. */
function frame(spec: ContainerSpec): unknown {
  const rest = bindsOf(spec).filter((mount) => !`${mount.Target}/`.startsWith("/project/") && !isSegment(mount));
  return { ...spec, Cmd: [], HostConfig: { ...spec.HostConfig, Mounts: rest } };
}

/** Every limit in it, as numbers that must not grow. */
function limits({ HostConfig: host }: ContainerSpec): number[] {
  const scratch = Object.values(host.Tmpfs).map((options) => Number(/size=(\d+)/.exec(options)?.[1]));
  return [host.Memory, host.MemorySwap, host.NanoCpus, host.PidsLimit, host.ShmSize, ...scratch];
}

/** Whether an entry names a path or something above it. */
function named(entries: CapabilityTable, kinds: readonly string[], target: string): boolean {
  return entries
    .map((entry) => formatCapability(entry).split(":"))
    .some(([kind = "", at = ""]) => kinds.includes(kind) && `${target}/`.startsWith(`${at}/`));
}

describe("a container made from any table", () => {
  test(
    "shows of the project what the table names, at its place, and lets it be changed only where that is named",
    { timeout },
    () => {
      fc.assert(
        fc.property(table, (entries) => {
          const spec = specOf(entries);
          const told = targets.map((target) => {
            if (!named(entries, ["FS_READ", "FS_WRITE"], target)) return undefined;
            return { source: target.replace("/project", filesDir ?? ""), write: named(entries, ["FS_WRITE"], target) };
          });
          expect(targets.map((target) => reach(spec, target))).toEqual(told);
        }),
        { numRuns },
      );
    },
  );

  test(
    "mounts nothing over what was mounted before it, and nothing outside the project and the process's directory",
    { timeout },
    () => {
      fc.assert(
        fc.property(table, (entries) => {
          const mounted = specOf(entries).HostConfig.Mounts.map((mount) => mount.Target);
          expect(
            mounted.filter((target) => !/^(\/run\/superos(\/shm\/[a-z]+)?$|\/project(\/|$))/.test(target)),
          ).toEqual([]);
          const hides = (target: string, index: number): boolean =>
            mounted.slice(0, index).some((earlier) => `${earlier}/`.startsWith(`${target}/`));
          expect(mounted.filter(hides)).toEqual([]);
        }),
        { numRuns },
      );
    },
  );

  test("is never wider when a right is taken from the table", { timeout }, () => {
    fc.assert(
      fc.property(table, (entries) => {
        const before = specOf(entries);
        for (const taken of entries.filter(({ kind }) => !isQuotaKind(kind) || kind === "DISK")) {
          const after = specOf(entries.filter((entry) => entry !== taken));
          expect(frame(after)).toEqual(frame(before));
          expect(moreSegments(after, before)).toEqual([]);
          expect(targets.filter((target) => wider(reach(after, target), reach(before, target)))).toEqual([]);
        }
      }),
      { numRuns },
    );
  });

  test("is the same with a terminal, but for the terminal and the gate that keeps it", { timeout }, () => {
    fc.assert(
      fc.property(table, (entries) => {
        const { Tty, OpenStdin, Entrypoint, ...rest } = containerSpec(sampleBox([], { table: entries, tty: true }));
        expect({ Tty, OpenStdin, gate: Entrypoint.at(-1) }).toEqual({ Tty: true, OpenStdin: true, gate: "--tty" });
        expect(specOf(entries)).toMatchObject(rest);
      }),
      { numRuns },
    );
  });

  test("is never wider when a limit gets less, and is not made at all without it", { timeout }, () => {
    const cut = fc.record({
      entries: table,
      kind: fc.constantFrom("CPU", "MEM", "PIDS"),
      share: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(cut, ({ entries, kind, share }) => {
        const before = specOf(entries);
        const lessened = entries.map((entry) =>
          entry.kind === kind && "amount" in entry
            ? { ...entry, amount: Math.ceil((entry.amount * share) / 100) }
            : entry,
        );
        const after = made(lessened);
        const now = after === undefined ? [] : limits(after);
        const then = limits(before);
        expect(now.filter((limit, index) => !(limit <= (then[index] ?? 0)))).toEqual([]);
        expect(after?.HostConfig.Mounts ?? before.HostConfig.Mounts).toEqual(before.HostConfig.Mounts);
        expect(made(entries.filter((entry) => entry.kind !== kind))).toBeUndefined();
      }),
      { numRuns },
    );
  });
});

/** Nothing where it is refused. */
function made(entries: CapabilityTable): ContainerSpec | undefined {
  try {
    return specOf(entries);
  } catch (error) {
    if (error instanceof Fault && error.code === "invalid") return undefined;
    throw error;
  }
}
