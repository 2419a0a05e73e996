import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { processViewSchema, type ProjectView, slotViewSchema } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { importProject, inspect, kill, outcomeOf, processes, run, spawn } from "../system/caller.ts";
import { example, typescript } from "./examples.ts";

/** Syscalls from inside: programs in boxes that speak to the kernel, as commands and from two languages. */

let instance: Instance;
let project: ProjectView;

beforeAll(async () => {
  instance = await Instance.start();
  const words = rawArchive({ name: "data/words.txt", content: "pear\napple\n" });
  project = await importProject(instance, "words", words);
});
afterAll(() => instance.remove());
afterEach(async () => {
  for (const { pid } of await processes(instance)) await kill(instance, pid);
});

const spawns = ["PROC_SPAWN", "PROC_SIGNAL", "FS_READ:/project", "MEM:256Mi", "PIDS:64"];
const small = "--cap MEM:32Mi --cap PIDS:8 --cap CPU:0.2";

const inside = (argv: readonly string[], table: readonly string[] = spawns) =>
  run(instance, { argv, project: project.id, table });
const sh = (script: string, table?: readonly string[]) => inside(["sh", "-c", script], table);

const page = "docs/syscalls-from-inside.md";

describe("the examples of the documentation", () => {
  test("run in a shell", async () => {
    const { stdout, stderr } = await sh(example(page, "## From a shell", "sh"));
    const [apple, pear, slot, killed, refused] = stdout.split("\n");
    expect([apple, pear, killed, refused]).toEqual(["apple", "pear", "it ended with 137", "refused with 125"]);
    expect(slot).toMatch(/^\d+ +PROC_SIGNAL +- +\d+ of process \d+ +yes$/);
    expect(stderr).toMatch(/^sos: process \d+: killed by process \d+ with SIGKILL\nsos: denied: .*\nhint: .*\n$/);
  });

  test("run in Python", async () => {
    const ended = await inside(["python3", "-c", example(page, "## From Python", "python")]);
    expect([ended.stderr, ended.stdout.split("\n")]).toEqual([
      "",
      [String.raw`stdout b'apple\npear\n'`, "{'kind': 'code', 'code': 0}", "denied NET_CONNECT:example.org:443", ""],
    ]);
  });

  test("run in TypeScript", async () => {
    const { pid } = await spawn(instance, { argv: ["sleep", "600"], project: project.id, table: spawns });
    expect(await typescript(instance, pid, example(page, "## From TypeScript", "ts"))).toEqual([
      "",
      ["stdout apple", "pear", "", "{ kind: 'code', code: 0 }", "denied NET_CONNECT:example.org:443", ""],
    ]);
  });
});

describe("sos run", () => {
  test("has the child's output and exit code as its own, byte for byte", async () => {
    const script = `head -c 3000000 /dev/zero | tr '\\0' x; echo problem >&2; exit 7`;
    const { stdout, stderr, outcome } = await sh(`sos run ${small} -- sh -c "$0"`.replace("$0", script));
    expect([stdout.length, stdout.replaceAll("x", ""), stderr, outcome]).toEqual([
      3_000_000,
      "",
      "problem\n",
      { kind: "code", code: 7 },
    ]);
  });

  test.each([
    ["kill -USR1 $$", 138, /^$/],
    ["exit 255", 255, /^$/],
    ["sleep 60 # TIME:1s", 124, /^sos: process \d+: timed out after 1 s\n$/],
    ["sos-nothing", 127, /not found|No such file/],
  ])("tells how a child ended: %s is %i", async (script, code, told) => {
    const time = script.includes("TIME") ? "--cap TIME:1s" : "";
    const { outcome, stderr } = await sh(`sos run ${small} ${time} -- sh -c '${script}'; echo $? >&2`);
    expect(outcome).toEqual({ kind: "code", code: 0 });
    const lines = stderr.split("\n");
    expect(lines.at(-2)).toBe(String(code));
    expect(`${lines.slice(0, -2).join("\n")}${lines.length > 2 ? "\n" : ""}`).toMatch(told);
  });

  test("passes its input on where it is asked to, and gives none where it is not", async () => {
    const { stdout } = await sh(
      `printf 'one\\ntwo' | sos run ${small} --stdin -- cat; echo; echo unseen | sos run ${small} -- cat; echo end`,
    );
    expect(stdout).toBe("one\ntwo\nend\n");
  });

  test("passes signals on, and ends as its child does", async () => {
    const child = `trap "echo got it; exit 9" TERM; echo ready; while :; do sleep 0.1; done`;
    const script = `sos run ${small} -- sh -c '${child}' >/tmp/out & until grep -q ready /tmp/out; do sleep 0.05; done
kill -TERM $!; wait $!; echo $?; cat /tmp/out`;
    expect((await sh(script)).stdout).toBe("9\nready\ngot it\n");
  });

  test("ends its child when the reader of the output has gone", async () => {
    const { stdout, stderr } = await sh(`sos run ${small} -- yes | head -n 1
sos wait "$(sos ls | awk '$NF == "yes" { print $1 }')"; echo $?`);
    expect(stdout).toBe("y\n137\n");
    expect(stderr).toMatch(/^sos: process \d+: killed by process \d+ with SIGKILL\n$/);
  });

  test("gives a child its environment, its directory and its arguments as they are", async () => {
    const { stdout } = await sh(
      `sos run ${small} --seal FS_READ:/project --env 'A=b=c d' --cwd /project/data -- sh -c 'echo "$A"; pwd; printf "%s|" "$@"' sh 'a b' '' -- '$(id)'`,
    );
    expect(stdout).toBe("b=c d\n/project/data\na b||--|$(id)|");
  });
});

describe("the capabilities of a child", () => {
  test("are at most its parent's, and their quotas come from it and go back", async () => {
    const left = `sos caps | awk '$2 == "MEM:256Mi" { print $3 }'`;
    const { stdout, stderr } = await sh(`${left}
pid=$(sos spawn --cap MEM:64Mi --cap PIDS:8 -- sleep 600)
${left}
sos run --cap MEM:200Mi --cap PIDS:8 -- true; echo $?
sos run --cap MEM:32Mi --cap FS_READ:/project --cap FS_WRITE:/project -- true; echo $?
sos kill $pid; sos wait $pid; ${left}`);
    expect(stdout).toBe("MEM:256Mi\nMEM:192Mi\n125\n125\nMEM:256Mi\n");
    expect(stderr).toMatch(/^sos: exhausted: .*\nhint: .*\nsos: denied: .*\nhint: .*\nsos: process \d+: killed by/);
  });

  test("that are sealed are not handed on", async () => {
    const grandchild = "sos run --cap FS_READ:/project/data --cap MEM:16Mi --cap PIDS:8 -- true";
    const child = `${grandchild} && echo handed on || echo $?`;
    const more = "--cap PROC_SPAWN --cap MEM:64Mi --cap PIDS:24";
    const { stdout, stderr } = await sh(
      `sos run ${more} --seal FS_READ:/project -- sh -c '${child}'; sos run ${more} --cap FS_READ:/project -- sh -c '${child}'`,
    );
    expect(stdout).toBe("125\nhanded on\n");
    expect(stderr).toMatch(/^sos: denied: .*\nhint: .*\n$/);
  });

  test("can be added to and taken back while it runs", async () => {
    const child = "until sos signal 1 TERM 2>&1 | grep -q not_found; do sleep 0.05; done; echo granted; sleep 600";
    const { stdout } = await sh(`pid=$(sos spawn ${small} -- sh -c '${child}')
slot=$(sos grant --seal $pid PROC_SIGNAL)
until sos output $pid | grep granted; do sleep 0.05; done
sos caps --json $pid
sos revoke $pid $slot >/dev/null
sos caps --json $pid
sos kill $pid`);
    const [granted, ...rest] = stdout.split("\n");
    const [before = "", after = ""] = rest.join("\n").split(/(?<=^\])\n/m);
    const held = (text: string) => z.array(slotViewSchema).parse(JSON.parse(text));
    expect(granted).toBe("granted");
    const given = held(before).find(({ capability }) => capability === "PROC_SIGNAL");
    expect(given).toMatchObject({ delegable: false, derived: 0 });
    expect(held(after).filter(({ capability }) => capability === "PROC_SIGNAL")).toEqual([]);
  });

  test("are gone for good when it drops them", async () => {
    const { stdout, stderr } = await sh(`sos run ${small} -- true && echo may spawn
sos drop $(sos caps | awk '$2 == "PROC_SPAWN" { print $1 }')
sos run ${small} -- true; echo $?`);
    expect(stdout).toBe("may spawn\n125\n");
    expect(stderr).toContain("sos: denied: ");
  });
});

describe("what a process sees", () => {
  test("is itself and what is below it, and nothing else is there", async () => {
    const { pid: other } = await spawn(instance, { argv: ["sleep", "600"], project: project.id, table: ["MEM:64Mi"] });
    const { pid, stdout, stderr } = await sh(`sos self; echo --
child=$(sos spawn ${small} -- sleep 600); sos ls --json
for command in "caps ${other}" "kill ${other}" "wait ${other}" "output ${other}" "signal 1 TERM"; do sos $command; echo $?; done`);
    const [self = "", rest = ""] = stdout.split("--\n");
    expect(processViewSchema.parse(JSON.parse(self))).toMatchObject({
      pid,
      runtime: "python",
      argv: ["sh", "-c", expect.any(String)],
    });
    const listed = z.array(processViewSchema).parse(JSON.parse(rest.slice(0, rest.lastIndexOf("]") + 1)));
    expect(listed.map((each) => [each.pid === pid, each.parent === pid])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(rest.slice(rest.lastIndexOf("]") + 2)).toBe("125\n".repeat(5));
    expect(stderr.match(/^sos: not_found: no process \d+$/gm)).toHaveLength(5);
    expect((await inspect(instance, other)).state.phase).toBe("running");
  });

  test("ends when somebody kills it, and lives on when it ends by itself", async () => {
    const { pid, stdout } = await sh(`sos spawn ${small} -- sleep 600`);
    const orphan = Number(stdout);
    const child = await inspect(instance, orphan);
    expect([child.state.phase, child.parent]).toEqual(["running", (await inspect(instance, pid)).parent]);
    const { pid: parent } = await spawn(instance, {
      argv: ["sh", "-c", `sos spawn ${small} -- sleep 600; sleep 600`],
      project: project.id,
      table: spawns,
    });
    const below = await waitFor("there is a child", async () =>
      (await processes(instance)).find((each) => each.parent === parent),
    );
    await kill(instance, parent);
    expect(await outcomeOf(instance, below.pid)).toMatchObject({ kind: "killed" });
    expect((await inspect(instance, orphan)).state.phase).toBe("running");
  });

  test("can be followed and waited for from Python, with input and signals", async () => {
    const program = `
import superos
box = {"cap": ["MEM:32Mi", "PIDS:8", "CPU:0.2"]}
cat = superos.spawn(["cat"], stdin=True, **box)["pid"]
print(superos.stdin(cat, b"one ", end=False), superos.stdin(cat, b"two"), superos.wait(cat))
print(b"".join(data for _, data in superos.output(cat)), superos.reap(cat))
sleeper = superos.spawn(["python3", "-c", "import time; time.sleep(600)"], env={"A": "b"}, cwd="/tmp", **box)["pid"]
print(superos.wait(sleeper, timeout=0), len(superos.caps(sleeper)) >= 5, len(superos.list()))
slot = superos.grant(sleeper, "PROC_SPAWN:python")["slot"]
print(superos.revoke(sleeper, slot, preview=True) == superos.revoke(sleeper, slot))
superos.signal(sleeper, "SIGKILL")
print(superos.wait(sleeper)["signal"])
for slot in superos.caps():
    if slot["capability"] == "PROC_SIGNAL": superos.drop(slot["slot"])
try: superos.signal(sleeper, "SIGTERM")
except superos.Fault as fault: print(fault.code, fault.missing, fault.hint != "")
`;
    const { stdout, stderr } = await inside(["python3", "-c", program]);
    expect([stderr, stdout.split("\n")]).toEqual([
      "",
      [
        "4 3 {'kind': 'code', 'code': 0}",
        "b'one two' {'kind': 'code', 'code': 0}",
        "None True 2",
        "True",
        "SIGKILL",
        "denied PROC_SIGNAL True",
        "",
      ],
    ]);
  });

  test("can be followed and waited for from TypeScript, with input and signals", async () => {
    const { pid } = await spawn(instance, { argv: ["sleep", "600"], project: project.id, table: spawns });
    const program = `
import * as superos from "/usr/local/lib/superos/superos.ts";
const box = { cap: ["MEM:32Mi", "PIDS:8", "CPU:0.2"] };
const cat = (await superos.spawn(["cat"], { stdin: true, ...box })).pid;
await superos.stdin(cat, "one ", false);
await superos.stdin(cat, "two");
console.log(await superos.wait(cat));
let text = "";
for await (const { stream, data } of superos.output(cat)) text += stream === "stdout" ? new TextDecoder().decode(data) : stream;
console.log(text);
console.log(await superos.reap(cat));
const sleeper = (await superos.spawn(["sleep", "600"], { env: { A: "b" }, cwd: "/tmp", ...box })).pid;
console.log(await superos.wait(sleeper, 0), (await superos.caps(sleeper)).length >= 5, (await superos.list()).length);
const { slot } = await superos.grant(sleeper, "PROC_SPAWN:python");
const loss = await superos.revoke(sleeper, slot, true);
console.log(JSON.stringify(loss) === JSON.stringify(await superos.revoke(sleeper, slot)));
await superos.signal(sleeper, "SIGKILL");
console.log((await superos.wait(sleeper)).signal);
for (const each of await superos.caps()) if (each.capability === "PROC_SIGNAL") await superos.drop(each.slot);
await superos.signal(sleeper, "SIGTERM").catch((fault) => console.log(fault.code, fault.missing, fault.hint !== ""));
process.env["SUPEROS_SOCKET"] = "/tmp/none";
await superos.self().catch((fault) => console.log(fault instanceof superos.Fault, fault.code));
`;
    expect(await typescript(instance, pid, program)).toEqual([
      "",
      [
        "{ kind: 'code', code: 0 }",
        "one two",
        "{ kind: 'code', code: 0 }",
        "null true 2",
        "true",
        "SIGKILL",
        "denied PROC_SIGNAL true",
        "true unavailable",
        "",
      ],
    ]);
  });
});

describe("a kernel that is not there", () => {
  test("is told as a fault, by the command and in Python", async () => {
    const ask = "import superos\ntry: superos.self()\nexcept superos.Fault as fault: print(fault.code)";
    const { stdout, stderr } = await sh(`export SUPEROS_SOCKET=/tmp/none
sos self; echo $?; sos run -- true; echo $?; python3 -c '${ask}'`);
    expect(stdout).toBe("125\n125\nunavailable\n");
    expect(stderr.match(/^sos: unavailable: the kernel cannot be reached: No such file or directory$/gm)).toHaveLength(
      2,
    );
  });
});

describe("a command that is typed wrong", () => {
  test.each([
    "",
    "nothing",
    "run",
    "run --cap",
    "spawn --nothing -- true",
    "run --env x -- true",
    "caps x",
    "kill",
    "kill 0",
    "kill -1",
    "signal 1",
    "revoke 1 x",
    "ls x",
    "wait 1 2",
    "output",
    "self --json",
  ])("is not a call: sos %s", async (words) => {
    const { stdout, stderr } = await sh(`sos ${words}; echo $?`);
    expect(stdout).toBe("2\n");
    expect(stderr).toMatch(/^sos: .+\nhint: sos --help\n$/);
  });

  test("can be looked up", async () => {
    const { stdout } = await sh("sos --help");
    for (const name of ["self", "caps", "spawn", "run", "wait", "output", "grant", "revoke", "drop"])
      expect(stdout).toContain(`  ${name}`);
  });
});
