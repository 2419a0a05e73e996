import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { accepted, audit, importProject, kill, outcomeOf, outputOf, processes, run, spawn } from "../system/caller.ts";
import { revoke, slotOf } from "../system/slots.ts";
import { addPerson } from "../system/person.ts";
import { example, typescript } from "./examples.ts";
import { Inside } from "./inside.ts";

/** Queues and topics between real boxes: as the page on them says, and against those who must not have a part in it. */

let instance: Instance;
let project: ProjectView;
let other: ProjectView;

beforeAll(async () => {
  instance = await Instance.start();
  const archive = rawArchive({ name: "main.py", content: "" });
  project = await importProject(instance, "one", archive);
  other = await importProject(instance, "two", archive);
});
afterAll(() => instance.remove());
afterEach(async () => {
  for (const { pid } of await processes(instance)) await kill(instance, pid);
});

const quotas = ["MEM:64Mi", "PIDS:16"];
const both = ["IPC_SEND:*", "IPC_RECV:*", ...quotas];
const page = "docs/ipc.md";

const sh = (script: string, table: readonly string[] = both, of = project) =>
  run(instance, { argv: ["sh", "-c", script], project: of.id, table });
const inside = (table: readonly string[] = both, of = project): Promise<Inside> =>
  Inside.start(instance, { project: of.id, table: [...table, ...quotas] });

describe("the examples of the page", () => {
  test("run in a shell", async () => {
    const { stdout, stderr } = await sh(example(page, "## From a shell", "sh"));
    const [first, ...rest] = stdout.split("\n");
    expect([first, ...rest.slice(2)]).toEqual(['{"page":1}', '"not JSON"', "nothing there: 1", ""]);
    expect(rest.slice(0, 2)).toEqual([
      "WAITING  DELIVERED  DEAD  RECEIVERS  QUEUE",
      "1        0          0     0          jobs",
    ]);
    expect(stderr).toBe("");
  });

  test("run in Python", async () => {
    const argv = ["python3", "-c", example(page, "## From Python", "python")];
    const { stdout, stderr } = await run(instance, { argv, project: project.id, table: both });
    expect([stderr, stdout.split("\n")]).toEqual([
      "",
      [
        'invalid: message 0: it has no "page"',
        "1",
        "2",
        "1",
        "news hello",
        expect.stringMatching(
          /^kernel\.channel \{'channel': 'jobs', 'change': 'removed', 'reason': 'by process \d+'\}$/,
        ),
        "",
      ],
    ]);
  });

  test("run in TypeScript", async () => {
    const { pid } = await spawn(instance, { argv: ["sleep", "600"], project: project.id, table: both });
    expect(await typescript(instance, pid, example(page, "## From TypeScript", "ts"))).toEqual([
      "",
      ["1", "2", "undefined", "1", "news hello", ""],
    ]);
  });
});

describe("a queue between processes", () => {
  test("gives each message to one of those that compete for it, and all of them", async () => {
    const [sender, ...receivers] = await Promise.all([inside(), inside(["IPC_RECV:work"]), inside(["IPC_RECV:work"])]);
    await sender?.tried("superos.create_queue('work')");
    for (const receiver of receivers) await receiver.begin("got = list(superos.messages('work', batch=5, wait=20))");
    await sender?.tried("[superos.send('work', *range(n, n + 10)) for n in range(0, 300, 10)]");
    const gone = await Promise.all(receivers.map((receiver) => receiver.ask(z.array(z.number()), "answer = got")));
    expect(gone.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, n) => n));
    // Each got its own in order.
    for (const got of gone) expect(got).toEqual(got.toSorted((a, b) => a - b));
  });

  test("gives the message of a receiver that was killed to the next one, before what came later", async () => {
    const [first, second] = await Promise.all([inside(), inside()]);
    await first.tried("superos.create_queue('killed')");
    await first.tried("superos.send('killed', 'a', 'b')");
    expect(await first.tried("[each['message'] for each in superos.receive('killed')]")).toBe("a");
    await kill(instance, first.pid);
    await outcomeOf(instance, first.pid);
    const taken = "[[each['message'], each['deliveries']] for each in superos.receive('killed', max=5, wait=10)]";
    expect(await second.ask(z.unknown(), `answer = ${taken}`)).toEqual([
      ["a", 2],
      ["b", 1],
    ]);
  });

  test("loses nothing to a receiver that hangs up while it waits", async () => {
    const box = await inside();
    await box.tried("superos.create_queue('hung')");
    await box
      .ask(
        z.unknown(),
        `
import subprocess
waiting = subprocess.Popen(["sos", "recv", "--wait", "60s", "hung"], stdout=subprocess.PIPE)
waits = lambda: [each["waiting"] for each in superos.queues() if each["name"] == "hung"] == [1]
while not waits(): time.sleep(0.05)
waiting.kill(); waiting.wait()
while waits(): time.sleep(0.05)
superos.send("hung", 1)
answer = [each["deliveries"] for each in superos.receive("hung")]
`,
      )
      .then((answer) => expect(answer).toEqual([1]));
  });

  test("tells who may send and receive to whoever may see them", async () => {
    const [maker, sender] = await Promise.all([inside(), inside(["IPC_SEND:seen"])]);
    await maker.tried("superos.create_queue('seen')");
    const response = await instance.api(`/api/v1/queues?project=${project.id}`);
    const { queues } = z
      .object({
        queues: z.array(
          z.looseObject({ name: z.string(), senders: z.array(z.number()), receivers: z.array(z.number()) }),
        ),
      })
      .parse(await response.json());
    const seen = queues.find(({ name }) => name === "seen");
    expect([new Set(seen?.senders), seen?.receivers]).toEqual([new Set([maker.pid, sender.pid]), [maker.pid]]);
    // A process knows of itself and of what is below it.
    const own = z.array(
      z.looseObject({ name: z.string(), senders: z.array(z.number()), receivers: z.array(z.number()) }),
    );
    const known = (await sender.ask(own, "answer = superos.queues()")).filter(({ name }) => name === "seen");
    expect(known.map(({ senders, receivers }) => [senders, receivers])).toEqual([[[sender.pid], []]]);
  });
});

describe("what the kernel tells", () => {
  test("a process of itself, of what is below it, and of the channels that it has an end of", async () => {
    const box = await inside(["PROC_SPAWN", "PROC_SIGNAL", "IPC_RECV:*", "IPC_SEND:full"]);
    const stranger = await inside();
    const events = await box.ask(
      z.array(z.looseObject({ topic: z.string(), from: z.number(), data: z.looseObject({}) })),
      `
events = superos.subscribe("kernel.process", "kernel.channel")
child = superos.spawn(["true"], cap=["MEM:16Mi", "PIDS:8"])["pid"]
superos.wait(child)
superos.create_queue("full", max_messages=1)
superos.send("full", 1)
for n in range(3): tried(lambda: superos.send("full", 2))
superos.reap(child)
superos.remove_queue("full")
answer = []
while not answer or answer[-1]["data"].get("change") != "removed": answer.append(next(events))
events.close()
`,
    );
    const of = (topic: string) => events.filter((event) => event.topic === topic).map(({ data }) => data);
    expect(new Set(events.map(({ from }) => from))).toEqual(new Set([1]));
    expect(of("kernel.channel").map(({ channel, change }) => [channel, change])).toEqual(
      ["created", "full", "removed"].map((change) => ["full", change]),
    );
    const told = of("kernel.process");
    expect(told.every(({ pid }) => pid !== stranger.pid)).toBe(true);
    const child = told.filter(({ pid }) => pid !== box.pid);
    expect(child.map(({ phase }) => phase).slice(-2)).toEqual(["exited", "reaped"]);
    expect(child.at(-2)).toMatchObject({ parent: box.pid, outcome: { kind: "code", code: 0 } });
  });

  test("of queues that a session may see, over HTTP", async () => {
    const box = await inside();
    const response = await instance.api(`/api/v1/events?topics=kernel.channel&project=${project.id}`);
    expect(response.status).toBe(200);
    await box.tried("superos.create_queue('told')");
    const { value } = (await response.body?.getReader().read()) ?? {};
    expect(JSON.parse(Buffer.from(value ?? []).toString())).toMatchObject({
      topic: "kernel.channel",
      data: { channel: "told", change: "created" },
    });
  });
});

describe("the audit log", () => {
  test("has who made and removed queues, and who was refused, and not each message", async () => {
    const [box, none] = await Promise.all([inside(), inside([])]);
    await box.tried("superos.create_queue('noted')");
    await box.tried("[superos.send('noted', n) for n in range(50)]");
    await box.tried("len(list(superos.messages('noted', wait=0.01)))");
    await none.tried("superos.publish('noted', 1)");
    await box.tried("superos.remove_queue('noted')");
    const rows = (await audit(instance)).filter(({ on }) => on.includes("noted"));
    expect(rows.map(({ who, what, verdict, missing }) => [who.pid, what, verdict, missing])).toEqual([
      [box.pid, "queue_create", "allowed", null],
      [none.pid, "event_publish", "refused", "IPC_SEND:noted"],
      [box.pid, "queue_remove", "allowed", null],
    ]);
  });
});

describe("the right to a channel", () => {
  test("is asked for with each call, by its name", async () => {
    const [maker, sender, none] = await Promise.all([inside(), inside(["IPC_SEND:mine"]), inside([])]);
    await maker.tried("superos.create_queue('mine')");
    await maker.tried("superos.create_queue('yours')");
    expect(await sender.tried("superos.send('mine', 1)")).toBe("ok");
    expect(await sender.tried("superos.send('yours', 1)")).toBe("denied IPC_SEND:yours");
    expect(await sender.tried("superos.receive('mine')")).toBe("denied IPC_RECV:mine");
    expect(await sender.tried("superos.dead_letters('mine')")).toBe("denied IPC_RECV:mine");
    expect(await sender.tried("superos.create_queue('mine2')")).toBe("denied IPC_SEND:mine2");
    expect(await sender.tried("superos.remove_queue('mine')")).toBe("denied IPC_RECV:mine");
    expect(await sender.tried("superos.publish('mine', 1)")).toBe("0");
    expect(await sender.tried("superos.subscribe('mine')")).toBe("denied IPC_RECV:mine");
    expect(await sender.tried("superos.subscribe('kernel.process')")).toBe("denied IPC_RECV:kernel.process");
    expect(await none.tried("superos.queues()")).toBe("");
    expect(await none.tried("superos.send('mine', 1)")).toBe("denied IPC_SEND:mine");
    expect(await maker.tried("superos.publish('kernel.process', 1)")).toBe("denied");
    expect(await maker.tried("superos.subscribe('kernel.other')")).toBe("not_found");
    expect(await maker.tried("superos.create_queue('kernel.mine')")).toBe("invalid");
  });

  test("of another process does not remove a queue that it did not make", async () => {
    const [maker, another] = await Promise.all([inside(), inside()]);
    await maker.tried("superos.create_queue('kept')");
    expect(await another.tried("superos.remove_queue('kept')")).toBe("denied");
    expect(await maker.tried("superos.remove_queue('kept')")).toBe("ok");
  });

  test("ends, when it is revoked, the call that waits, the subscription, and what was not acknowledged", async () => {
    const [box, next] = await Promise.all([inside(), inside()]);
    await box.tried("superos.create_queue('taken')");
    await box.tried("superos.send('taken', 'held')");
    await box.tried("superos.receive('taken')");
    await box.begin(`
waited = told = None
def wait():
    global waited
    waited = tried(lambda: superos.receive('taken', wait=60))
def listen():
    global told
    events = superos.subscribe('taken')
    told = "listens"
    told = [each['data'] for each in events]
threads = [threading.Thread(target=act) for act in (wait, listen)]
for thread in threads: thread.start()
`);
    await box.ask(
      z.unknown(),
      "while told is None or [each['waiting'] for each in superos.queues() if each['name'] == 'taken'] == [0]: time.sleep(0.05)",
    );
    await revoke(instance, box.pid, (await slotOf(instance, box.pid, "IPC_RECV:*")).slot);
    expect(await box.ask(z.unknown(), "for thread in threads: thread.join()\nanswer = [waited, told]")).toEqual([
      "denied IPC_RECV:taken",
      [],
    ]);
    expect(await next.tried("superos.receive('taken')[0]['deliveries']")).toBe("2");
  });

  test("says nothing about another project: the same name is another channel", async () => {
    const [here, there] = await Promise.all([inside(), inside(both, other)]);
    await here.tried("superos.create_queue('same')");
    expect(await there.tried("superos.send('same', 1)")).toBe("not_found");
    expect(await there.tried("superos.queues()")).toBe("");
    expect(await there.tried("superos.create_queue('same')['depth']")).toBe("0");
    await there.tried("superos.send('same', 1)");
    expect(await here.tried("superos.receive('same')")).toBe("");
    expect(await there.tried(`superos._call("queue_send", name="same", project="${project.id}", messages=[1])`)).toBe(
      "denied",
    );
    await here.tried("globals().update(events=superos.subscribe('news', 'kernel.channel', 'kernel.process'))");
    expect(await there.tried("superos.publish('news', 'there')")).toBe("0");
    await there.tried("superos.remove_queue('same')");
    expect(await here.tried("superos.publish('news', 'here')")).toBe("1");
    expect(await here.tried("next(events)['data']")).toBe("here");
  });
});

describe("queues of no project", () => {
  test("are their user's, and go with a removed user and with a removed project", async () => {
    const archive = rawArchive({ name: "main.py", content: "" });
    const gone = await importProject(instance, "gone", archive);
    const box = await inside(both, gone);
    await box.tried("superos.create_queue('gone')");
    await accepted(z.unknown(), instance.api(`/api/v1/projects/${gone.id}`, { method: "DELETE" }));
    const person = await addPerson(instance, "mallory");
    const make = () => run(person, { argv: ["sh", "-c", "sos queue create own; sos queue ls"], table: both });
    expect((await make()).stdout).toMatch(/own\n$/);
    expect((await sh("sos queue ls", both)).stdout).not.toContain("own");
    const { stdout } = await run(instance, { argv: ["sh", "-c", "sos queue ls"], table: both });
    expect(stdout).not.toContain("own");
  });
});

describe("a command that is typed wrong", () => {
  test.each([
    "send",
    "send a b c",
    "send a {",
    "recv",
    "recv --wait 5 a",
    "recv --body a",
    "recv --max 0 a",
    "ack a",
    "ack a x",
    "publish",
    "subscribe",
    "subscribe --max x a",
    "queue",
    "queue make a",
    "queue create",
    "queue create --max-bytes 1Xi a",
    "queue create --schema /none a",
    "queue rm",
    "queue ls a",
    "yield now",
  ])("is not a call: sos %s", async (words) => {
    const { stdout, stderr } = await sh(`sos ${words}; echo $?`);
    expect(stdout).toBe("2\n");
    expect(stderr).toMatch(/^sos: .+\nhint: sos --help\n$/);
  });
});

describe("lines of a shell", () => {
  test("go through a queue as they are, however many and however long", async () => {
    const { stdout, stderr } = await sh(`sos queue create lines --max-messages 20000
seq 1 3000 | sos send lines; awk 'BEGIN { for (i = 0; i < 40; i++) { printf "\\""; for (j = 0; j < 5000; j++) printf "ab"; print "\\"" } }' | sos send lines
printf 'a "b"\\n\\nlast' | sos send --text lines
n=0; while sos recv --ack --body --max 1000 lines >>/tmp/got; do n=$((n + 1)); done; wc -l </tmp/got; head -n 3000 /tmp/got | sort -n | tail -n 1; tail -n 2 /tmp/got; awk 'length == 10002' /tmp/got | wc -l
sos queue rm lines`);
    expect([stderr, stdout.split("\n")]).toEqual(["", ["3042", "3000", '"a \\"b\\""', '"last"', "40", ""]]);
  });

  test("are told to whoever subscribes, until so many have come", async () => {
    const { stdout } =
      await sh(`sos subscribe --max 2 t >/tmp/got & until [ "$(sos publish t '{"n": 0}')" = 1 ]; do :; done
sos publish t 1 >/dev/null; wait; cut -d , -f 1,4- /tmp/got`);
    expect(stdout).toBe('{"topic":"t","data":{"n":0},"missed":0}\n{"topic":"t","data":1,"missed":0}\n');
  });
});

describe("a kernel that was killed", () => {
  test("has every message that it said was sent, and gives again what was not acknowledged", async () => {
    const box = await inside();
    await box.tried("superos.create_queue('safe')");
    await box.begin(`
sent = 0
try:
    while True: superos.send("safe", sent); sent += 1
except superos.Fault: pass
print(json.dumps([0, sent]), flush=True)
`);
    const taker = await inside();
    const taken = await taker.ask(
      z.array(z.number()),
      "answer = [each['message'] for each in superos.receive('safe', 5, 30)]",
    );
    instance.kernel.kill("SIGKILL");
    await once(instance.kernel, "close");
    instance = await Instance.start({ home: instance.home, port: instance.port });
    const next = await Inside.start(instance, { project: project.id, table: [...both, "MEM:128Mi"] });
    const script = "answer = [each['message'] for _ in range(200) for each in superos.receive('safe', 1000, 0)]";
    const kept = await next.ask(z.array(z.number()), script);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, n) => n));
    // Of the one that was under way nobody was told whether it was sent.
    const sent = z.tuple([z.literal(0), z.number()]).parse(
      await waitFor("the sender was refused", async () => {
        const { stdout } = await outputOf(instance, box.pid, false);
        const line = stdout
          .toString()
          .split("\n")
          .find((each) => each.startsWith("[0, "));
        return line === undefined ? undefined : (JSON.parse(line) as unknown);
      }),
    )[1];
    expect(sent).toBeGreaterThan(0);
    expect([sent, sent + 1]).toContain(kept.length);
    expect(taken.every((n) => kept.includes(n))).toBe(true);
  });
});
