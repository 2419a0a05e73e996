import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parseCapability, type Pid } from "../abi/index.ts";
import { SegmentStore } from "../ipc/segment-store.ts";
import type { ProcessEntry } from "../process/process-table.ts";
import type { ProcessRecord, SessionRecord } from "./principal.ts";
import { SampleCore } from "./sample-core.ts";
import { segmentCalls } from "./segment-calls.ts";
import { Segments } from "./segments.ts";

const mebibyte = 1 << 20;

describe.skipIf(process.getuid?.() !== 0)("segments", () => {
  let core: SampleCore;
  let dir: string;
  let segments: Segments;
  let alice: SessionRecord;
  let available: number;

  const segmentsOf = (): Segments =>
    new Segments({
      store: new SegmentStore(dir),
      authority: core.authority,
      table: core.table,
      lifecycle: core.lifecycle,
      projects: core.projects,
      nextPid: () => core.journal.nextPid(),
      availableMemory: () => available,
      machine: { memoryBytes: 16 * mebibyte },
      now: core.now,
      log: () => undefined,
    });

  beforeEach(async () => {
    core = new SampleCore();
    dir = join(mkdtempSync(join(tmpdir(), "superos-segments-")), "shm");
    available = 64 * mebibyte;
    segments = segmentsOf();
    await segments.recover();
    core.authority.onTaken((gone) => segments.cut(gone));
    for (const text of ["MEM:32Mi", "SHM_MAP:*:rw"]) core.slots.mint(core.projects.scratchRoot, parseCapability(text));
    alice = session("alice");
  });
  afterEach(async () => {
    await segments.close();
    rmSync(dir, { recursive: true, force: true });
    await core[Symbol.asyncDispose]();
  });

  const give = (from: Pid, to: Pid, texts: readonly string[]): void => {
    const wanted = texts.map((text) => ({ capability: parseCapability(text), delegable: true }));
    const shared = core.table.get(to).kind === "session";
    core.slots.deriveAll(from, { holder: to, wanted, root: core.projects.scratchRoot, shared });
  };
  const session = (user: string): SessionRecord => {
    const record = core.session(user);
    give(core.projects.scratchRoot, record.pid, ["MEM:24Mi", "SHM_MAP:*:rw"]);
    return record;
  };
  const leftOf = (pid: Pid): number => {
    const slot = core.slots.held(pid).find(({ capability }) => capability.kind === "MEM");
    return slot === undefined ? 0 : core.slots.left(slot.id);
  };
  const calls = () =>
    segmentCalls({
      segments,
      authority: core.authority,
      projects: core.projects,
      table: core.table,
      requireEnforceable: () => undefined,
    });
  const { signal } = new AbortController();
  const create = (caller: SessionRecord | ProcessRecord, name: string, bytes = mebibyte) =>
    calls().segment_create({ request: { name, bytes }, caller, body: undefined, signal });
  const remove = (caller: SessionRecord | ProcessRecord, name: string) =>
    calls().segment_remove({ request: { name }, caller, body: undefined, signal });
  const list = async (caller: SessionRecord | ProcessRecord) =>
    (await calls().segment_list({ request: {}, caller, body: undefined, signal })).segments;
  const place = { project: null, user: "alice" };

  /** A process with MEM of its own and what else is named. */
  function started(texts: readonly string[], own: Partial<Pick<ProcessEntry, "parent" | "user">> = {}): ProcessRecord {
    const entry = core.container({ ...own, table: texts.map(parseCapability) });
    give(alice.pid, entry.pid, texts);
    const { pid, user } = entry;
    return { kind: "process", pid, name: "sample", user, ended: new AbortController() };
  }
  function end({ pid }: { pid: Pid }): void {
    const outcome = { kind: "code", code: 0 } as const;
    const entry = core.table.apply(pid, { type: "ended", at: core.now(), outcome });
    core.lifecycle.emit("ended", entry);
  }
  const gone = async (): Promise<void> => {
    await expect.poll(() => readdirSync(dir)).toEqual([]);
  };

  test("what a session makes belongs to the root, and is charged to it", async () => {
    const before = { session: leftOf(alice.pid), root: leftOf(core.projects.scratchRoot) };
    const made = await create(alice, "frames", mebibyte - 1);
    expect(made).toMatchObject({ name: "frames", owner: core.projects.scratchRoot, bytes: mebibyte, readers: [] });
    expect(leftOf(alice.pid)).toBe(before.session - mebibyte);
    expect(leftOf(core.projects.scratchRoot)).toBe(before.root - mebibyte);
    core.sessions.close(alice);
    expect(leftOf(core.projects.scratchRoot)).toBe(before.root - mebibyte);
    alice = session("alice");
    await remove(alice, "frames");
    expect(leftOf(core.projects.scratchRoot)).toBe(before.root);
    await gone();
  });

  test("what a process makes is deducted from its own MEM, and comes back", async () => {
    const maker = started(["MEM:8Mi", "SHM_MAP:*:rw"]);
    await create(maker, "frames");
    expect(leftOf(maker.pid)).toBe(7 * mebibyte);
    await expect(create(maker, "more", 8 * mebibyte)).rejects.toThrow("not enough MEM");
    await remove(maker, "frames");
    expect(leftOf(maker.pid)).toBe(8 * mebibyte);
    expect(segments.bytesOfRoots).toBe(0);
  });

  test("a name is taken once in one place, and others have places of their own", async () => {
    const bob = session("bob");
    const [first, second] = await Promise.allSettled([create(alice, "frames"), create(alice, "frames")]);
    expect([first.status, second.status]).toEqual(["fulfilled", "rejected"]);
    await create(bob, "frames");
    expect((await list(alice)).length).toBe(1);
    const table = [parseCapability("SHM_MAP:frames:ro")];
    expect(segments.files(place, table)).not.toEqual(segments.files({ project: null, user: "bob" }, table));
    await remove(bob, "frames");
    expect((await list(alice)).length).toBe(1);
  });

  test("more than the machine has is refused, and nothing is charged for it", async () => {
    available = 2 * mebibyte;
    const before = leftOf(alice.pid);
    await expect(create(alice, "frames", 2 * mebibyte)).rejects.toThrow("this machine has no memory");
    expect(leftOf(alice.pid)).toBe(before);
    await expect(remove(alice, "frames")).rejects.toThrow("there is no segment frames");
    await gone();
  });

  test("it is made by who may map it to write, and seen by who may map it", async () => {
    await create(alice, "frames");
    await create(alice, "audio");
    const reader = started(["MEM:8Mi", "SHM_MAP:frames:ro"]);
    await expect(create(reader, "frames")).rejects.toThrow("does not hold SHM_MAP:frames:rw");
    await expect(remove(reader, "frames")).rejects.toThrow("does not hold SHM_MAP:frames:rw");
    expect((await list(reader)).map(({ name }) => name)).toEqual(["frames"]);
  });

  test("a process removes its own alone", async () => {
    await create(alice, "frames");
    const other = started(["MEM:8Mi", "SHM_MAP:*:rw"]);
    await expect(remove(other, "frames")).rejects.toThrow("belongs to process");
  });

  test("it is not removed while somebody has it mapped", async () => {
    await create(alice, "frames");
    const reader = started(["MEM:8Mi", "SHM_MAP:frames:ro"]);
    const writer = started(["MEM:8Mi", "SHM_MAP:frames:rw"]);
    started(["MEM:4Mi", "SHM_MAP:*:rw"]);
    expect(await list(alice)).toMatchObject([{ readers: [reader.pid], writers: [writer.pid] }]);
    await expect(remove(alice, "frames")).rejects.toThrow("segment frames is mapped by 2 processes");
    end(reader);
    end(writer);
    await remove(alice, "frames");
    await gone();
  });

  test("it goes with its owner", async () => {
    const maker = started(["MEM:8Mi", "SHM_MAP:*:rw"]);
    await create(maker, "frames");
    end(maker);
    await gone();
    expect(await list(alice)).toEqual([]);
  });

  test("what others have mapped passes to who its owner's memory came from, and goes with the last of them", async () => {
    const before = leftOf(core.projects.scratchRoot);
    const maker = started(["MEM:8Mi", "SHM_MAP:*:rw"]);
    await create(maker, "frames");
    const reader = started(["MEM:4Mi", "SHM_MAP:frames:ro"], { parent: maker.pid });
    end(maker);
    expect(await list(alice)).toMatchObject([{ owner: core.projects.scratchRoot, readers: [reader.pid] }]);
    expect(leftOf(core.projects.scratchRoot)).toBe(before - 5 * mebibyte);
    end(reader);
    await gone();
    expect(leftOf(core.projects.scratchRoot)).toBe(before);
  });

  test("with the memory that pays for it, it is taken from all who have it mapped", async () => {
    const maker = started(["MEM:8Mi", "SHM_MAP:*:rw"]);
    await create(maker, "frames");
    const reader = started(["MEM:4Mi", "SHM_MAP:frames:ro"]);
    const revoked = vi.spyOn(core.lifecycle, "revoke");
    const memory = core.slots.held(maker.pid).find(({ capability }) => capability.kind === "MEM");
    if (memory !== undefined) await core.authority.revoke(memory.id);
    expect(revoked.mock.calls).toEqual([
      [reader.pid, "SHM_MAP:frames:ro"],
      [maker.pid, "MEM:8Mi"],
    ]);
    end(reader);
    await gone();
    expect(segments.bytesOfRoots).toBe(0);
  });

  test("a table that names a segment needs it to be there", async () => {
    const table = [parseCapability("SHM_MAP:frames:ro"), parseCapability("SHM_MAP:*:rw")];
    const none = "there is no segment frames";
    expect(() => segments.files(place, table)).toThrow(none);
    await create(alice, "frames");
    expect([...segments.files(place, table).keys()]).toEqual(["frames"]);
    expect(() => segments.files({ project: null, user: "bob" }, table)).toThrow(none);
    expect(() => segments.files({ project: null, user: null }, table)).toThrow(none);
  });

  test("another kernel takes over what lives on, with what it costs; the rest goes", async () => {
    const maker = started(["MEM:8Mi", "SHM_MAP:*:rw"]);
    const ended = started(["MEM:4Mi", "SHM_MAP:*:rw"]);
    const left = started(["MEM:4Mi", "SHM_MAP:*:rw"]);
    await create(alice, "of-a-session");
    await create(maker, "of-a-process");
    await create(ended, "of-one-that-ended");
    await create(left, "of-one-that-left-it");
    const reader = started(["MEM:4Mi", "SHM_MAP:of-one-that-left-it:ro"]);
    // They ended while there was no kernel: nobody heard of it.
    for (const { pid } of [ended, left]) {
      core.table.apply(pid, { type: "ended", at: core.now(), outcome: { kind: "code", code: 0 } });
      core.authority.released(pid);
    }
    const next = segmentsOf();
    await expect(next.create(alice, place, { name: "early", bytes: 4096 })).rejects.toThrow("starting");
    await next.recover();
    segments = next;
    const seen = await list(alice);
    expect(seen.map(({ name, owner }) => [name, owner])).toEqual([
      ["of-a-session", core.projects.scratchRoot],
      ["of-a-process", maker.pid],
      ["of-one-that-left-it", core.projects.scratchRoot],
    ]);
    expect(leftOf(maker.pid)).toBe(7 * mebibyte);
    expect(existsSync(next.files(place, [parseCapability("SHM_MAP:of-a-process")]).get("of-a-process") ?? "")).toBe(
      true,
    );
    end(reader);
    await remove(alice, "of-a-session");
    await expect.poll(() => readdirSync(dir).length).toBe(1);
  });

  test("a user's go with the user", async () => {
    await create(alice, "frames");
    segments.removeUser("bob");
    expect((await list(alice)).length).toBe(1);
    segments.removeUser("alice");
    await gone();
  });
});
