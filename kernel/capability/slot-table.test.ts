import { describe, expect, test } from "vitest";
import { Fault, formatCapability, parseCapability, type Pid, pidSchema, slotIdSchema } from "../abi/index.ts";
import { isDivisible } from "./divisible.ts";
import { type Slot, SlotTable } from "./slot-table.ts";

const [root, other, session, parent, child] = [1, 2, 3, 4, 5].map((pid) => pidSchema.parse(pid)) as [
  Pid,
  Pid,
  Pid,
  Pid,
  Pid,
];
const want = (text: string, delegable = true) => ({ capability: parseCapability(text), delegable });
const texts = (slots: readonly Slot[]): string[] => slots.map(({ capability }) => formatCapability(capability));

function refusal(act: () => unknown): Fault {
  try {
    act();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("it was done");
}

/** A root with some rights, and a session of it that shares them. */
function withSession(...capabilities: readonly string[]) {
  const table = new SlotTable();
  const minted = capabilities.map((text) => table.mint(root, parseCapability(text)));
  const wanted = capabilities.map((text) => want(text));
  const shared = table.deriveAll(root, { holder: session, wanted, shared: true });
  return { table, minted, shared };
}

function first(slots: readonly Slot[]): Slot {
  const [slot] = slots;
  if (slot === undefined) throw new Error("there is none");
  return slot;
}

describe("a slot", () => {
  test("that is minted is its holder's own, and is the root of all that derives from it", () => {
    const table = new SlotTable();
    const minted = table.mint(root, parseCapability("FS_READ:/project"));
    expect(minted).toMatchObject({ id: 1, holder: root, from: null, root, delegable: true, shared: false, charged: 0 });
    const derived = table.derive(minted.id, { holder: child, ...want("FS_READ:/project/a", false) });
    expect(derived).toMatchObject({ id: 2, holder: child, from: 1, root, delegable: false });
  });

  test("is never given a number that another one had", () => {
    const table = new SlotTable();
    const gone = table.mint(root, parseCapability("PROC_SIGNAL"));
    table.revoke(gone.id);
    expect(table.mint(root, parseCapability("PROC_SIGNAL")).id).toBeGreaterThan(gone.id);
    expect(refusal(() => table.get(gone.id))).toMatchObject({ code: "not_found", message: "no slot 1" });
  });

  test("hands on only what it covers, and only if it may be handed on; the refusal names what is missing", () => {
    const table = new SlotTable();
    const minted = table.mint(root, parseCapability("FS_READ:/project/a"));
    const kept = table.derive(minted.id, { holder: parent, ...want("FS_READ:/project/a", false) });
    expect(refusal(() => table.derive(minted.id, { holder: child, ...want("FS_READ:/project") }))).toMatchObject({
      code: "denied",
      missing: "FS_READ:/project",
      message: "slot 1 (FS_READ:/project/a) does not cover FS_READ:/project",
    });
    expect(refusal(() => table.derive(kept.id, { holder: child, ...want("FS_READ:/project/a") }))).toMatchObject({
      code: "denied",
      missing: "FS_READ:/project/a",
      message: "slot 2 (FS_READ:/project/a) may not be handed on",
    });
    expect(refusal(() => table.derive(slotIdSchema.parse(9), { holder: child, ...want("PIDS:1") })).code).toBe(
      "not_found",
    );
    expect(table.size).toBe(2);
  });
});

describe("a table for a new holder", () => {
  test("is given as a whole or not at all", () => {
    const table = new SlotTable();
    const memory = table.mint(root, parseCapability("MEM:4Gi"));
    table.mint(root, parseCapability("PROC_SIGNAL"));
    const wanted = ["MEM:1Gi", "FS_WRITE:/project", "PROC_SIGNAL", "IPC_SEND:jobs"].map((text) => want(text));
    const refused = refusal(() => table.deriveAll(root, { holder: child, wanted }));
    expect(refused).toMatchObject({ code: "denied", missing: "FS_WRITE:/project" });
    expect(table.held(child)).toEqual([]);
    expect(table.left(memory.id)).toBe(4 * 1024 ** 3);
    expect(table.mint(root, parseCapability("PROC_SIGNAL")).id).toBe(3);
  });

  test("says that something is held but not to be handed on", () => {
    const table = new SlotTable();
    const minted = table.mint(root, parseCapability("PROC_SIGNAL"));
    table.derive(minted.id, { holder: parent, ...want("PROC_SIGNAL", false) });
    const refused = refusal(() => table.deriveAll(parent, { holder: child, wanted: [want("PROC_SIGNAL")] }));
    expect(refused).toMatchObject({ code: "denied", missing: "PROC_SIGNAL" });
    expect(refused.message).toContain("not to be handed on");
  });

  test("that lacks a right is denied, also where a quota would have run out before", () => {
    const table = new SlotTable();
    table.mint(root, parseCapability("PIDS:1"));
    const wanted = [want("PIDS:1"), want("PIDS:1"), want("PROC_SIGNAL")];
    expect(refusal(() => table.deriveAll(root, { holder: child, wanted })).code).toBe("denied");
    const fewer = wanted.slice(0, 2);
    expect(refusal(() => table.deriveAll(root, { holder: child, wanted: fewer })).message).toContain("left is nothing");
  });

  test("takes a quota from the slot with the most left, and below the root that was named", () => {
    const table = new SlotTable();
    const [small, large, foreign] = ["MEM:1Gi", "MEM:2Gi", "MEM:8Gi"].map((text, index) => {
      const minted = table.mint(index === 2 ? other : root, parseCapability(text));
      return table.derive(minted.id, { holder: parent, ...want(text) });
    });
    const one = (options: { root?: Pid }) =>
      first(table.deriveAll(parent, { holder: child, wanted: [want("MEM:1Gi")], ...options })).from;
    expect(one({ root })).toBe(large?.id);
    expect(one({ root })).toBe(small?.id);
    expect(one({})).toBe(foreign?.id);
  });

  test("takes a right by the shortest way, so that the fewest can take it away", () => {
    const table = new SlotTable();
    const minted = table.mint(root, parseCapability("PROC_SIGNAL"));
    const long = table.derive(minted.id, { holder: parent, ...want("PROC_SIGNAL") });
    table.derive(long.id, { holder: child, ...want("PROC_SIGNAL") });
    const short = table.derive(minted.id, { holder: child, ...want("PROC_SIGNAL") });
    expect(table.find(child, parseCapability("PROC_SIGNAL"))).toEqual(short);
  });
});

describe("a quota", () => {
  test("is divided if it is CPU, MEM, PIDS or DISK; TIME and OUT bound each by itself", () => {
    const quotas = ["CPU:1", "MEM:1Gi", "PIDS:8", "TIME:1h", "DISK:1Gi", "OUT:1Mi"].map(parseCapability);
    expect(quotas.filter(isDivisible).map(({ kind }) => kind)).toEqual(["CPU", "MEM", "PIDS", "DISK"]);
    const table = new SlotTable();
    const time = table.mint(root, parseCapability("TIME:1h"));
    for (const holder of [parent, child]) table.derive(time.id, { holder, ...want("TIME:1h") });
    expect(table.get(time.id).charged).toBe(0);
    expect(table.left(time.id)).toBe(3_600_000);
  });

  test("is set aside for whom it is given to, cannot be overdrawn, and comes back", () => {
    const table = new SlotTable();
    const minted = table.mint(root, parseCapability("CPU:2"));
    const given = table.derive(minted.id, { holder: child, ...want("CPU:1.5") });
    expect(table.left(minted.id)).toBe(500);
    expect(refusal(() => table.derive(minted.id, { holder: other, ...want("CPU:1") }))).toMatchObject({
      code: "exhausted",
      message: "not enough CPU: asked for CPU:1, left is CPU:0.5",
    });
    expect(refusal(() => table.derive(minted.id, { holder: other, ...want("CPU:3") })).code).toBe("denied");
    table.revoke(given.id);
    expect(table.left(minted.id)).toBe(2000);
  });

  test("that is shared sets nothing aside; what is handed on below it counts up to who really has it", () => {
    const { table, minted, shared } = withSession("MEM:4Gi");
    const [own, bound] = [first(minted), first(shared)];
    const second = table.derive(own.id, { holder: other, ...want("MEM:1Gi"), shared: true });
    expect(table.left(own.id)).toBe(4 * 1024 ** 3);
    table.deriveAll(session, { holder: child, wanted: [want("MEM:3584Mi")] });
    expect([own, bound, second].map(({ id }) => table.left(id) / 1024 ** 2)).toEqual([512, 512, 512]);
    expect(refusal(() => table.deriveAll(other, { holder: parent, wanted: [want("MEM:1Gi")] })).message).toContain(
      "left is MEM:512Mi",
    );
  });

  test("asked of what is none is a defect", () => {
    const table = new SlotTable();
    const right = table.mint(root, parseCapability("PROC_SIGNAL"));
    expect(() => table.left(right.id)).toThrow("slot 1 is no quota");
  });
});

describe("taking away", () => {
  test("takes all that derives from a slot, in every process, children first, and says so beforehand", () => {
    const { table, shared } = withSession("FS_READ:/project");
    table.deriveAll(session, { holder: parent, wanted: [want("FS_READ:/project/a")] });
    table.deriveAll(parent, { holder: child, wanted: [want("FS_READ:/project/a/b")] });
    const foreseen = table.derivedFrom(first(shared).id);
    expect(texts(foreseen)).toEqual(["FS_READ:/project/a/b", "FS_READ:/project/a", "FS_READ:/project"]);
    expect(table.revoke(first(shared).id)).toEqual(foreseen);
    expect([session, parent, child].flatMap((pid) => table.held(pid))).toEqual([]);
    expect(texts(table.held(root))).toEqual(["FS_READ:/project"]);
  });

  test("is not stopped by a chain or a fan of a hundred thousand", () => {
    const table = new SlotTable();
    const top = table.mint(root, parseCapability("PROC_SIGNAL"));
    let last = top;
    for (let made = 0; made < 100_000; made += 1) {
      last = table.derive(last.id, { holder: parent, ...want("PROC_SIGNAL") });
      table.derive(top.id, { holder: child, ...want("PROC_SIGNAL") });
    }
    expect(table.derivedFrom(last.id)).toHaveLength(1);
    expect(table.revoke(top.id)).toHaveLength(200_001);
    expect(table.size).toBe(0);
  });
});

describe("the end of a holder", () => {
  test("leaves what a session started where the session had it from, still charged there", () => {
    const { table, minted } = withSession("MEM:4Gi", "PROC_SIGNAL");
    table.deriveAll(session, { holder: child, wanted: [want("MEM:1Gi"), want("PROC_SIGNAL")] });
    expect(table.release(session)).toHaveLength(2);
    expect(table.held(child).map(({ from }) => from)).toEqual(minted.map(({ id }) => id));
    expect(table.get(first(minted).id).charged).toBe(1024 ** 3);
    table.release(child);
    expect(table.get(first(minted).id).charged).toBe(0);
  });

  test("gives back what it had set aside, but for what its children still have", () => {
    const table = new SlotTable();
    const minted = table.mint(root, parseCapability("MEM:8Gi"));
    table.deriveAll(root, { holder: parent, wanted: [want("MEM:4Gi")] });
    table.deriveAll(parent, { holder: child, wanted: [want("MEM:1Gi")] });
    expect(table.left(minted.id)).toBe(4 * 1024 ** 3);
    expect(texts(table.release(parent))).toEqual(["MEM:4Gi"]);
    expect(table.left(minted.id)).toBe(7 * 1024 ** 3);
    expect(first(table.held(child)).from).toBe(minted.id);
  });

  test("of a root takes all that it was the origin of", () => {
    const { table } = withSession("MEM:4Gi", "PROC_SIGNAL");
    table.deriveAll(session, { holder: child, wanted: [want("PROC_SIGNAL")] });
    expect(table.release(root)).toHaveLength(5);
    expect(table.size).toBe(0);
  });
});
