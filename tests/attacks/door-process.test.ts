import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ProcessView, type ProjectView, type SyscallName, syscalls } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import type { Inside } from "../kernel/inside.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { importProject, inspect, kill, outcomeOf, processes, restartsOf, signIn, spawn } from "../system/caller.ts";
import { capsOf, grant, grantRequest, revoke, slotOf } from "../system/slots.ts";
import { equipped, intruder, words } from "./door-inside.ts";

/**
 * A process at its own door, wanting more than its table names. Tried here:
 *
 * every syscall that is not for processes, with and without a stolen session handle; a handle and a request in headers;
 * other processes' pids and slots, guessed one by one; strangers as receivers of slots; children with more than their
 * parent in each kind, with another's project, tied, with a taken name; slots to oneself, of what is not held, of mounts
 * and quotas, of what is sealed, through a child and with the seal left out; quotas named twice, split among many,
 * taken back by ending; what was dropped, used, dropped again; a parent's slots, from its child; a killed parent's
 * children, one just being made among them; and spawning while the mount that is handed on is revoked.
 */

const quotas = ["MEM:256Mi", "CPU:1", "PIDS:128"];
const rights = ["PROC_SPAWN:python", "PROC_SIGNAL", "FS_READ:/project/data", "NET_BIND:localhost:8000"];
const child = ["MEM:24Mi", "CPU:0.1", "PIDS:8"];
const py = (values: readonly string[]): string => JSON.stringify(values);

let instance: Instance;
let project: ProjectView;
let other: ProcessView;
let otherSlots: number[];
let handle: string;
let box: Inside;

beforeAll(async () => {
  instance = await Instance.start();
  project = await importProject(
    instance,
    "p",
    rawArchive({ name: "data/a", content: "mine" }, { name: "secret", content: "not below data" }),
  );
  const stranger = await importProject(instance, "other", rawArchive({ name: "b", content: "theirs" }));
  other = await spawn(instance, {
    argv: ["sleep", "3600"],
    project: stranger.id,
    table: ["MEM:64Mi", "FS_READ:/project", "NET_BIND:localhost:9000"],
  });
  otherSlots = (await capsOf(instance, other.pid)).map(({ slot }) => slot);
  handle = (await signIn(instance)).cookie.split("=")[1] ?? "";
  box = await intruder(instance, { project: project.id, table: [...quotas, ...rights], name: "db" });
});
afterAll(async () => {
  await instance?.remove();
});

/** Whatever was tried: the other process runs with what it held, and no service died. */
async function nobodyNoticed(): Promise<void> {
  expect((await inspect(instance, other.pid)).state.phase).toBe("running");
  expect((await capsOf(instance, other.pid)).map(({ slot }) => slot)).toEqual(otherSlots);
  expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
}

const childrenOf = async (pid: number): Promise<ProcessView[]> =>
  (await processes(instance)).filter(({ parent }) => parent === pid);

/** All but the two that stay. */
const passing = async (): Promise<ProcessView[]> =>
  (await processes(instance)).filter(({ pid }) => pid !== box.pid && pid !== other.pid);

async function endChildren(): Promise<void> {
  for (const each of await passing()) {
    await kill(instance, each.pid);
    await outcomeOf(instance, each.pid);
  }
}
afterEach(endChildren);

const freshIntruder = (table: readonly string[]): Promise<Inside> => intruder(instance, { project: project.id, table });

describe("who it is", () => {
  const foreign = Object.entries(syscalls)
    .filter(([, { by }]) => by !== "process" && by !== "principal")
    .map(([name]) => name as SyscallName);

  test("has no syscall that is the gateway's, policy's or a session's, whatever handle it shows", async () => {
    expect(foreign.length).toBeGreaterThan(30);
    const headers = `{"superos-session": ${JSON.stringify(handle)}, "superos-request": "{}"}`;
    const all = (more: string) => `answer = [door(name${more}) for name in ${py(foreign)}]`;
    expect(await box.ask(words, all(""))).toEqual(foreign.map(() => "403 denied"));
    expect(await box.ask(words, all(`, headers=${headers}`))).toEqual(foreign.map(() => "403 denied"));
    await nobodyNoticed();
  });

  test("does not change with a session's handle: it sees itself alone, and its calls are its own", async () => {
    const listed = `
connection = superos._Connection("kernel")
connection.request("POST", "/v1/list", '{"all": true}', {"superos-session": ${JSON.stringify(handle)}})
answer = [each["pid"] for each in json.load(connection.getresponse())["processes"]]`;
    expect(await box.ask(z.array(z.number()), listed)).toEqual([box.pid]);
  });

  test("does not change with a request in a header, an address or a second copy of a field", async () => {
    expect(
      await box.ask(
        words,
        `answer = [
  door("inspect", {"pid": ${box.pid}}, {"superos-request": '{"pid": ${other.pid}}'}),
  door("inspect", body='{"pid": ${box.pid}, "pid": ${other.pid}}'),
  door("inspect", {"pid": ${box.pid}, "caller": 1}),
  door("inspect", body='{"pid": ${box.pid}, "__proto__": {"pid": ${other.pid}}}'),
  door("inspect", path="/v1/inspect?pid=${other.pid}", body='{"pid": ${other.pid}}'),
  door("inspect", path="/v1/../v1/inspect", body='{"pid": ${box.pid}}'),
  door("inspect", path="http://kernel/v1/inspect", body='{"pid": ${box.pid}}'),
  door("inspect", method="GET"),
  door("toString"), door("__proto__"), door("constructor"),
]`,
      ),
    ).toEqual([
      "200 ok",
      "404 not_found",
      "400 invalid",
      "400 invalid",
      "404 not_found",
      "404 not_found",
      "404 not_found",
      "404 not_found",
      "404 not_found",
      "404 not_found",
      "404 not_found",
    ]);
  });
});

describe("others", () => {
  const aboutPid = (pid: string): string => `[
  ("inspect", {"pid": ${pid}}), ("caps", {"pid": ${pid}}), ("wait", {"pid": ${pid}, "timeoutMs": 0}),
  ("output", {"pid": ${pid}}), ("signal", {"pid": ${pid}, "signal": "SIGKILL"}), ("reap", {"pid": ${pid}}),
  ("grant", {"pid": ${pid}, "capability": "NET_BIND:localhost:8000"}), ("revoke", {"pid": ${pid}, "slot": 1}),
]`;

  test("are not there for it, whichever pid it guesses: kernel, services, sessions, roots, processes", async () => {
    const said = await box.ask(
      words,
      `answer = sorted({door(name, request) for pid in range(1, 40) if pid != ${box.pid}
        for name, request in ${aboutPid("pid")}})`,
    );
    expect(said).toEqual(["404 not_found"]);
    await nobodyNoticed();
  });

  test("get nothing on their stdin", async () => {
    const told = (pid: number) =>
      `door("stdin", body="rm -rf /", headers={"superos-request": json.dumps({"pid": ${pid}})})`;
    expect(await box.ask(z.string(), `answer = ${told(other.pid)}`)).toBe("404 not_found");
  });

  test("and nobody look the same in a refusal", async () => {
    const said = await box.ask(
      words,
      `
def message(pid):
    try: superos._call("inspect", pid=pid)
    except superos.Fault as fault: return f"{fault.code} {fault.message} {fault.hint}".replace(str(pid), "N")
answer = [message(${other.pid}), message(987654)]`,
    );
    expect(said[0]).toBe(said[1]);
  });

  test("keep their slots: none that it guesses is revoked or dropped, by its own pid or by theirs", async () => {
    const said = await box.ask(
      words,
      `
mine = {each["slot"] for each in superos.caps()}
guesses = [slot for slot in range(1, 40) if slot not in mine]
answer = sorted({door("revoke", {"pid": pid, "slot": slot, "preview": preview}) for slot in guesses
    for pid in (${box.pid}, ${other.pid}) for preview in (True, False)} | {door("drop", {"slot": slot}) for slot in guesses})`,
    );
    expect(said).toEqual(["404 not_found"]);
    await nobodyNoticed();
  });
});

describe("more than it has", () => {
  test.each([
    ["memory", [...child, "MEM:512Mi"].slice(1), "403 denied"],
    ["processors", ["MEM:24Mi", "CPU:2", "PIDS:8"], "403 denied"],
    ["processes", ["MEM:24Mi", "CPU:0.1", "PIDS:4096"], "403 denied"],
    ["a part of the project beside its own", [...child, "FS_READ:/project/secret"], "403 denied"],
    ["the project above its part", [...child, "FS_READ:/project"], "403 denied"],
    [
      "writing where it reads",
      [...child, "FS_READ:/project/data", "FS_WRITE:/project/data", "DISK:256Mi"],
      "403 denied",
    ],
    ["every runtime", [...child, "PROC_SPAWN"], "403 denied"],
    ["every port", [...child, "NET_BIND:localhost"], "403 denied"],
    ["another port", [...child, "NET_BIND:localhost:8001"], "403 denied"],
    ["the internet", [...child, "NET_CONNECT:*"], "403 denied"],
    ["an endpoint", [...child, "NET_CONNECT:db"], "403 denied"],
  ])("is not for its child: %s", async (_what, table, refusal) => {
    const request = (where: string) =>
      `door("spawn", {"runtime": "python", "argv": ["sleep", "9"], "table": [], ${where}})`;
    expect(await box.ask(z.string(), `answer = ${request(`"table": ${py(table)}`)}`)).toBe(refusal);
    expect(await box.ask(z.string(), `answer = ${request(`"sealed": ${py(table)}`)}`)).toBe(refusal);
    expect(await childrenOf(box.pid)).toEqual([]);
  });

  test("is not had by a child in another project, tied to a session, under a name that is taken, or in another engine", async () => {
    const request = (more: string) =>
      `door("spawn", {"runtime": "python", "argv": ["sleep", "9"], "table": ${py([...child, "NET_BIND:localhost:8000"])}, ${more}})`;
    const said = await box.ask(
      words,
      `answer = [${[
        `"project": ${JSON.stringify(other.project?.id)}`,
        `"project": None`,
        `"tied": True`,
        `"name": "db"`,
        `"engineRuntime": "nobody-has-this"`,
        `"runtime": "base"`,
        `"user": "admin"`,
      ]
        .map(request)
        .join(", ")}]`,
    );
    expect(said).toEqual([
      "403 denied",
      "403 denied",
      "400 invalid",
      "409 conflict",
      expect.stringMatching(/^(400 invalid|501 unsupported)$/),
      "403 denied",
      "400 invalid",
    ]);
    expect(await childrenOf(box.pid)).toEqual([]);
  });

  test("is not granted: not to itself, to strangers, of what it lacks, of mounts and quotas", async () => {
    const said = await box.ask(
      words,
      `
pid = spawn("sleep", "600", cap=${py(child)})
def give(pid, capability): return door("grant", {"pid": pid, "capability": capability})
answer = [give(${box.pid}, "NET_BIND:localhost:8000"), give(${box.pid}, "NET_CONNECT:*"), give(${other.pid}, "PROC_SIGNAL"),
  give(1, "PROC_SIGNAL"), give(pid, "NET_CONNECT:*"), give(pid, "PROC_SPAWN"), give(pid, "NET_BIND:localhost"),
  give(pid, "FS_READ:/project/data"), give(pid, "MEM:1Mi"), give(pid, "CPU:0.1")]`,
    );
    expect(said).toEqual([
      "400 invalid",
      "400 invalid",
      "404 not_found",
      "404 not_found",
      "403 denied",
      "403 denied",
      "403 denied",
      "501 unsupported",
      "501 unsupported",
      "501 unsupported",
    ]);
    await endChildren();
  });

  test("does not come back from above: what its parent is given later is the parent's", async () => {
    const below = await equipped(await box.child(`cap=${py(["MEM:64Mi", "CPU:0.2", "PIDS:16", "PROC_SIGNAL"])}`));
    const given = await grant(instance, box.pid, "NET_CONNECT:db");
    expect((await capsOf(instance, below.pid)).map(({ capability }) => capability)).not.toContain("NET_CONNECT:db");
    expect(
      await below.ask(
        words,
        `answer = [door("caps", {"pid": ${box.pid}}), door("revoke", {"pid": ${box.pid}, "slot": ${given.slot}}),
  door("drop", {"slot": ${given.slot}}), door("signal", {"pid": ${box.pid}, "signal": "SIGKILL"}),
  door("spawn", {"runtime": "python", "argv": ["true"], "table": ${py(["MEM:8Mi", "CPU:0.1", "PIDS:4"])}})]`,
      ),
    ).toEqual(["404 not_found", "404 not_found", "404 not_found", "404 not_found", "403 denied"]);
    await revoke(instance, box.pid, given.slot);
    await endChildren();
  });
});

describe("what is sealed", () => {
  test("is not handed on: not by spawning, not by granting, not sealed again, not in part", async () => {
    const below = await equipped(
      await box.child(
        `cap=${py(["MEM:96Mi", "CPU:0.4", "PIDS:48", "PROC_SPAWN:python"])}, seal=${py(["FS_READ:/project/data", "NET_BIND:localhost:8000", "PROC_SIGNAL"])}`,
      ),
    );
    const small = ["MEM:16Mi", "CPU:0.1", "PIDS:8"];
    const said = await below.ask(
      words,
      `
def start(**more): return door("spawn", {"runtime": "python", "argv": ["sleep", "600"], "table": ${py(small)}, **more})
pid = spawn("sleep", "600", cap=${py(small)})
answer = [start(table=${py([...small, "FS_READ:/project/data"])}), start(sealed=["FS_READ:/project/data"]),
  start(table=${py([...small, "FS_READ:/project/data/a"])}), start(table=${py([...small, "NET_BIND:localhost:8000"])}),
  door("grant", {"pid": pid, "capability": "NET_BIND:localhost:8000"}),
  door("grant", {"pid": pid, "capability": "NET_BIND:localhost:8000", "delegable": False}),
  door("grant", {"pid": pid, "capability": "PROC_SIGNAL"}), door("signal", {"pid": pid, "signal": "SIGCONT"})]`,
    );
    expect(said).toEqual([...Array.from({ length: 7 }, () => "403 denied"), "200 ok"]);
    await endChildren();
  });

  test("stays sealed beside a slot that is not, once that one is revoked", async () => {
    const below = await equipped(
      await box.child(`cap=${py(["MEM:64Mi", "CPU:0.2", "PIDS:32", "PROC_SPAWN:python"])}, seal=["PROC_SIGNAL"]`),
    );
    const open = await grant(instance, below.pid, "PROC_SIGNAL");
    const grandchild = await below.ask(
      z.number(),
      `answer = spawn("sleep", "600", cap=${py([...child, "PROC_SIGNAL"])})`,
    );
    expect((await capsOf(instance, grandchild)).map(({ capability }) => capability)).toContain("PROC_SIGNAL");
    await revoke(instance, below.pid, open.slot);
    expect((await capsOf(instance, grandchild)).map(({ capability }) => capability)).not.toContain("PROC_SIGNAL");
    expect(
      await below.ask(z.string(), `answer = door("grant", {"pid": ${grandchild}, "capability": "PROC_SIGNAL"})`),
    ).toBe("403 denied");
    await endChildren();
  });
});

describe("quotas", () => {
  const leftOf = async (pid: number, kind: string): Promise<string | null | undefined> =>
    (await capsOf(instance, pid)).find(({ capability }) => capability.startsWith(`${kind}:`))?.left;

  test("named twice are one, the smaller, in whichever list", async () => {
    const pid = await box.ask(
      z.number(),
      `answer = spawn("sleep", "600", cap=${py([...child, "MEM:24Mi", "MEM:32Mi", "PIDS:9"])}, seal=${py(["MEM:40Mi", "CPU:0.2", "CPU:0.1"])})`,
    );
    const held = (await capsOf(instance, pid)).map(({ capability }) => capability);
    expect(held.filter((text) => /^(MEM|CPU|PIDS):/.test(text)).toSorted()).toEqual(["CPU:0.1", "MEM:24Mi", "PIDS:8"]);
    expect(await leftOf(box.pid, "MEM")).toBe("MEM:232Mi");
    await endChildren();
    expect(await leftOf(box.pid, "MEM")).toBe("MEM:256Mi");
  });

  test("split among many at once are together never more than the whole, and all come back", async () => {
    const said = await box.ask(
      words,
      `
request = {"runtime": "python", "argv": ["sleep", "600"], "table": ${py(["MEM:64Mi", "CPU:0.1", "PIDS:8"])}}
answer = together([lambda: door("spawn", request)] * 24)`,
    );
    const made = await childrenOf(box.pid);
    expect(said.filter((text) => text === "200 ok")).toHaveLength(made.length);
    expect(said.filter((text) => text === "429 exhausted")).toHaveLength(24 - made.length);
    expect(made.length).toBe(3);
    expect(await leftOf(box.pid, "MEM")).toBe("MEM:64Mi");
    await endChildren();
    expect([await leftOf(box.pid, "MEM"), await leftOf(box.pid, "CPU"), await leftOf(box.pid, "PIDS")]).toEqual([
      "MEM:256Mi",
      "CPU:1",
      "PIDS:128",
    ]);
    await nobodyNoticed();
  });

  test("are not gained by a chain of children, each ending while its own child lives on", async () => {
    const pid = await box.ask(
      z.number(),
      `answer = spawn("python3", "-c", "import superos; superos.spawn(['sleep', '600'], cap=${py(["MEM:64Mi", "CPU:0.1", "PIDS:8"]).replaceAll('"', "'")})", cap=${py(["MEM:96Mi", "CPU:0.2", "PIDS:32", "PROC_SPAWN:python"])})`,
    );
    await outcomeOf(instance, pid);
    const orphan = await waitFor("the orphan", async () =>
      (await processes(instance)).find((each) => each.startedBy === pid),
    );
    expect(await leftOf(box.pid, "MEM")).toBe("MEM:192Mi");
    await kill(instance, orphan.pid);
    await waitFor("it is back", async () => (await leftOf(box.pid, "MEM")) === "MEM:256Mi");
  });
});

describe("what it dropped", () => {
  test("is gone: it cannot be used, handed on, dropped again or got back; what it is made with cannot be dropped", async () => {
    const mine = await freshIntruder([...quotas, ...rights]);
    const said = await mine.ask(
      words,
      `
pid = spawn("sleep", "600", cap=${py([...child, "NET_BIND:localhost:8000"])})
slots = {each["capability"]: each["slot"] for each in superos.caps()}
built = [door("drop", {"slot": slots[name]}) for name in ("FS_READ:/project/data", "MEM:256Mi", "CPU:1", "PIDS:128")]
names = ("PROC_SPAWN:python", "PROC_SIGNAL", "NET_BIND:localhost:8000")
first = [door("drop", {"slot": slots[name]}) for name in names]
again = [door("drop", {"slot": slots[name]}) for name in names]
answer = built + first + again + [
  door("spawn", {"runtime": "python", "argv": ["true"], "table": ${py(child)}}),
  door("signal", {"pid": pid, "signal": "SIGKILL"}), door("grant", {"pid": pid, "capability": "NET_BIND:localhost:8000"}),
  str([each["capability"] for each in superos.caps(pid) if each["capability"].startswith("NET")])]`,
    );
    expect(said).toEqual([
      ...Array.from({ length: 4 }, () => "501 unsupported"),
      ...Array.from({ length: 3 }, () => "200 ok"),
      ...Array.from({ length: 3 }, () => "404 not_found"),
      ...Array.from({ length: 3 }, () => "403 denied"),
      "[]",
    ]);
    await kill(instance, mine.pid);
    await outcomeOf(instance, mine.pid);
  });
});

describe("a killed parent", () => {
  test("takes its children with it, also those that it was making at that moment", async () => {
    for (let round = 0; round < 3; round += 1) {
      const mine = await freshIntruder([...quotas, ...rights]);
      await mine.begin(
        `together([lambda: superos.spawn(["sleep", "600"], cap=${py(["MEM:16Mi", "CPU:0.1", "PIDS:8"])})] * 6)`,
      );
      await waitFor("it spawns", async () => (await childrenOf(mine.pid)).length > round);
      await kill(instance, mine.pid);
      await outcomeOf(instance, mine.pid);
      await waitFor("nothing of it is left", async () => (await passing()).length === 0);
      await waitFor("no container of it is left", async () => (await instance.containers()).length === 2);
      expect(await passing()).toEqual([]);
    }
    await nobodyNoticed();
  });
});

describe("a revoked mount", () => {
  test("is in no box that lives on, however many were being made with it", async () => {
    for (let round = 0; round < 6; round += 1) {
      const mine = await freshIntruder([...quotas, ...rights]);
      const table = ["MEM:16Mi", "CPU:0.1", "PIDS:8", "FS_READ:/project/data"];
      await mine.begin(
        `together([lambda: [tried(lambda: superos.spawn(["sleep", "600"], cap=${py(table)})) for _ in range(5)]] * 2)`,
      );
      const { slot } = await slotOf(instance, mine.pid, "FS_READ:/project/data");
      await waitFor("it spawns", async () => (await childrenOf(mine.pid)).length >= round % 3);
      await revoke(instance, mine.pid, slot);
      expect(await outcomeOf(instance, mine.pid)).toEqual({ kind: "revoked", capability: "FS_READ:/project/data" });
      await waitFor("whatever had the mount has ended", async () => {
        return (await passing()).length === 0 && (await instance.containers()).length === 2;
      });
    }
    await nobodyNoticed();
  });

  test("cannot be granted again to what lost it", async () => {
    const mine = await freshIntruder([...quotas, ...rights]);
    const { slot } = await slotOf(instance, mine.pid, "NET_BIND:localhost:8000");
    await revoke(instance, mine.pid, slot);
    const said = await mine.ask(
      words,
      `answer = [door("drop", {"slot": ${slot}}), door("revoke", {"pid": ${mine.pid}, "slot": ${slot}}),
  door("grant", {"pid": ${mine.pid}, "capability": "NET_BIND:localhost:8000"}),
  door("spawn", {"runtime": "python", "argv": ["true"], "table": ${py([...child, "NET_BIND:localhost:8000"])}})]`,
    );
    expect(said).toEqual(["404 not_found", "404 not_found", "400 invalid", "403 denied"]);
    expect((await grantRequest(instance, mine.pid, "FS_READ:/project/data")).status).toBe(501);
    await kill(instance, mine.pid);
  });
});

test("a storm of requests to end one child ends it once, and nobody else", async () => {
  const mine = await freshIntruder([...quotas, ...rights]);
  const said = await mine.ask(
    words,
    `
pid = spawn("sleep", "600", cap=${py(child)})
answer = [str(pid)] + together([lambda: door("signal", {"pid": pid, "signal": "SIGKILL"})] * 50
  + [lambda: door("signal", {"pid": ${mine.pid}, "signal": "SIGKILL"})] * 5)`,
  );
  const ended = Number(said[0]);
  expect(await outcomeOf(instance, ended)).toEqual({ kind: "killed", by: mine.pid, signal: "SIGKILL" });
  expect(said.slice(1, 51).filter((text) => !["200 ok", "409 bad_state"].includes(text))).toEqual([]);
  expect(new Set(said.slice(51))).toEqual(new Set(["403 denied"]));
  expect((await inspect(instance, mine.pid)).state.phase).toBe("running");
  await nobodyNoticed();
});
