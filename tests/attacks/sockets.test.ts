import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { containersWith } from "../setup/engine.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  importProject,
  inspect,
  kill,
  outcomeOf,
  outputOf,
  python,
  restartsOf,
  run,
  spawn,
  statusOf,
} from "../system/caller.ts";
import { ask, said, small, start, words } from "./box.ts";
import { HostWatch } from "./host-watch.ts";

/**
 * Programs that speak to the kernel's sockets themselves, and not as they should: nonsense, too much, too slowly, too
 * often, half of it, in another's name. Each ends with an answer or a closed connection; the kernel serves everybody else.
 */

let instance: Instance;
let watch: HostWatch;
let project: ProjectView;

beforeAll(async () => {
  instance = await Instance.start();
  project = await importProject(instance, "site", rawArchive({ name: "main.py", content: "" }));
  watch = await HostWatch.begin(instance);
});
afterAll(() => instance.remove());

const setting = `
signal.signal(signal.SIGPIPE, signal.SIG_IGN)
def door(name="kernel", seconds=40):
    s = socket.socket(1)
    s.settimeout(seconds)
    s.connect("/run/superos/%s.sock" % name)
    return s
def drained(s):
    parts = b""
    try:
        while True:
            part = s.recv(65536)
            if not part: break
            parts += part
            if len(parts) > 1 << 20: break
    except socket.timeout: return "hangs"
    except OSError as error: return parts.decode("latin1") or name_of(error)
    return parts.decode("latin1")
def status(text):
    return text.split(" ")[1] if text.startswith("HTTP/1.1 ") else ("closed" if text in ("", "ECONNRESET", "EPIPE") else text[:80])
def say(data, name="kernel", end=True):
    with door(name) as s:
        try:
            s.sendall(data)
            if end: s.shutdown(socket.SHUT_WR)
        except OSError as error: pass
        return status(drained(s))
def ask(call, body=b"{}", headers=b""):
    if not isinstance(body, bytes): body = json.dumps(body).encode()
    return say(b"POST /v1/" + call + b" HTTP/1.1\\r\\nhost: k\\r\\nconnection: close\\r\\ncontent-length: %d\\r\\n" % len(body) + headers + b"\\r\\n" + body, end=False)
`;

const served = `answer["and after that"] = ask(b"self")`;

/** Runs attempts in a box; afterwards the same box's next request must be answered. */
async function attack(text: string, table: readonly string[] = [small]): Promise<Record<string, string>> {
  const whole = `${setting}\nanswer = {}\n${text}\n${served}`;
  const { "and after that": after, ...answers } = await ask(instance, words, {
    script: whole,
    project: project.id,
    table,
  });
  expect(after).toBe("200");
  return answers;
}

describe("the kernel's socket", () => {
  test("answers what is not HTTP, or not quite, by refusing or closing", async () => {
    const got = await attack(`
for name, data in {
  "nothing": b"", "newlines": b"\\r\\n" * 1000, "zeros": bytes(100000), "noise": os.urandom(200000), "TLS": b"\\x16\\x03\\x01\\x02\\0\\x01\\0\\x01\\xfc\\x03\\x03" + bytes(500),
  "HTTP/2": b"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n", "other version": b"POST /v1/self HTTP/9.9\\r\\n\\r\\n",
  "long line": b"POST /" + b"a" * 300000 + b" HTTP/1.1\\r\\n\\r\\n", "long header": b"POST /v1/self HTTP/1.1\\r\\nhost: k\\r\\nx: " + b"a" * 300000 + b"\\r\\n\\r\\n",
  "many headers": b"POST /v1/self HTTP/1.1\\r\\nhost: k\\r\\n" + b"x: y\\r\\n" * 50000 + b"\\r\\n", "two lengths": b"POST /v1/self HTTP/1.1\\r\\nhost: k\\r\\ncontent-length: 2\\r\\ncontent-length: 3\\r\\n\\r\\n{} ",
  "length and chunks": b"POST /v1/self HTTP/1.1\\r\\nhost: k\\r\\ncontent-length: 2\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n{}", "bad chunk": b"POST /v1/self HTTP/1.1\\r\\nhost: k\\r\\ntransfer-encoding: chunked\\r\\n\\r\\nzz\\r\\n",
  "negative length": b"POST /v1/self HTTP/1.1\\r\\nhost: k\\r\\ncontent-length: -1\\r\\n\\r\\n", "vast length": b"POST /v1/self HTTP/1.1\\r\\nhost: k\\r\\ncontent-length: 99999999999999999999\\r\\n\\r\\n{}",
  "split header": b"POST /v1/self HTTP/1.1\\r\\nhost: k\\r\\nx: a\\r\\n b\\0c\\r\\n\\r\\n", "upgrade": b"GET / HTTP/1.1\\r\\nhost: k\\r\\nconnection: upgrade\\r\\nupgrade: websocket\\r\\n\\r\\n",
}.items(): answer[name] = say(data)`);
    expect(Object.keys(got)).toHaveLength(17);
    expect(Object.entries(got).filter(([, end]) => !/^(4\d\d|closed)$/.test(end))).toEqual([]);
  });

  test("answers other methods and paths as what does not exist", async () => {
    const got = await attack(`
for line in ("GET /v1/self", "PUT /v1/self", "POST /v2/self", "POST /v1/../v1/self", "POST //v1/self", "POST /v1/self/", "POST /v1/SELF", "POST /v1/__proto__", "POST /v1/constructor", "POST /v1/toString", "POST http://x/v1/self", "POST *", "OPTIONS *", "POST /v1/self%00", "POST /containers/json", "GET /_ping", "CONNECT /v1/self"):
    answer[line] = say(line.encode() + b" HTTP/1.1\\r\\nhost: k\\r\\nconnection: close\\r\\ncontent-length: 2\\r\\n\\r\\n{}", end=False)`);
    expect(Object.entries(got).filter(([, end]) => !/^(400|404|closed)$/.test(end))).toEqual([]);
    expect(Object.keys(got)).toHaveLength(17);
  });

  test("gives a process none of the calls of sessions, gateway and policy, whatever handle it names", async () => {
    const got = await attack(`
calls = ("session_open", "session_close", "session_inspect", "gateway_ready", "status", "runtime_list", "project_list", "project_remove", "project_export", "file_read", "file_list", "watch", "audit_list", "audit_verify",
  "token_create", "token_list", "user_create", "user_list", "member_set", "preview_open", "preview_inspect", "preview_connect", "policy_attend", "policy_listen")
for name in calls:
    for handle in (b"", b"superos-session: " + b"A" * 43 + b"\\r\\n", b"superos-session: 1\\r\\nauthorization: Bearer x\\r\\n"):
        answer[name + " " + handle.decode()[:20]] = ask(name.encode(), headers=handle)`);
    expect(Object.entries(got).filter(([, end]) => !/^(403|404)$/.test(end))).toEqual([]);
    expect(Object.keys(got).length).toBeGreaterThan(40);
  });

  test("answers what does not fit a call's schema as invalid, however large, deep or strange it is", async () => {
    const got = await attack(
      `
for name, body in {
  "no JSON": b"{", "two": b"{}{}", "an array": b"[]", "null": b"null", "text": b'"x"', "deep": b"[" * 200000, "deep objects": b'{"a":' * 100000, "prototype": b'{"__proto__":{"pid":1},"pid":1}',
  "not a number": b'{"pid":NaN}', "a large number": b'{"pid":1e400}', "a fraction": b'{"pid":1.5}', "negative": b'{"pid":-1}', "text for a number": b'{"pid":"1"}', "more fields": b'{"pid":1,"as":"root"}', "NUL": b'{"pid":"\\\\u0000"}', "bad UTF-8": b'{"pid":"\\xff\\xfe"}', "UTF-16": '{"pid":1}'.encode("utf-16"),
}.items(): answer[name] = ask(b"inspect", body)
answer["5 MiB"] = ask(b"inspect", b" " * (5 << 20) + b"{}")`,
      ["MEM:128Mi"],
    );
    expect(Object.entries(got).filter(([, end]) => !/^(400|closed)$/.test(end))).toEqual([]);
    expect(Object.keys(got)).toHaveLength(18);
  });

  test("does not wait for ever for half a request, and takes no other's time meanwhile", async () => {
    const got = await attack(`
def half(data):
    with door(seconds=50) as s:
        s.sendall(data)
        return status(drained(s))
results = {}
def go(name, data): results[name] = half(data)
threads = [threading.Thread(target=go, args=each) for each in {
  "half a line": b"POST /v1/se", "half the headers": b"POST /v1/self HTTP/1.1\\r\\nhost: k\\r\\n", "half a body": b"POST /v1/self HTTP/1.1\\r\\nhost: k\\r\\nconnection: close\\r\\ncontent-length: 100\\r\\n\\r\\n{"}.items()]
for each in threads: each.start()
time.sleep(1)
answer["meanwhile"] = ask(b"self")
for each in threads: each.join()
answer |= results`);
    expect(got).toMatchObject({ meanwhile: "200" });
    expect(Object.entries(got).filter(([, end]) => !/^(200|4\d\d|504|closed)$/.test(end))).toEqual([]);
    expect(Object.keys(got)).toHaveLength(4);
  });

  test("takes a body of 1 GiB from a request without keeping it", async () => {
    const before = residentKib(instance.kernel.pid ?? 0);
    const got = await attack(`
def pour(line):
    with door() as s:
        sent = 0
        try:
            s.sendall(line + b"\\r\\nhost: k\\r\\nconnection: close\\r\\ncontent-length: %d\\r\\n\\r\\n" % (1 << 30))
            block = b" " * (1 << 20)
            while sent < 1 << 30: sent += s.send(block)
        except OSError: pass
        return status(drained(s))
answer["a call"] = pour(b"POST /v1/inspect HTTP/1.1")
answer["a stream"] = pour(b'POST /v1/stdin HTTP/1.1\\r\\nsuperos-request: {"pid":1}')
answer["nothing"] = pour(b"POST /v1/nothing HTTP/1.1")`);
    expect(Object.entries(got).filter(([, end]) => !/^(4\d\d|closed)$/.test(end))).toEqual([]);
    expect(residentKib(instance.kernel.pid ?? 0) - before).toBeLessThan(200 * 1024);
  });

  test("serves others while one opens connections without end and holds them", async () => {
    const flood = await start(instance, {
      script: `${setting}
held, failed = [], 0
resource.setrlimit(resource.RLIMIT_NOFILE, (16384, 16384))
for n in range(10000):
    s = socket.socket(1)
    s.setblocking(False)
    try: s.connect("/run/superos/kernel.sock")
    except OSError: failed += 1
    try: s.send(b"POST /v1/self HTTP/1.1\\r\\nhost: k\\r\\n")
    except OSError: pass
    held.append(s)
print("held", len(held), failed, flush=True)
time.sleep(3600)`,
      project: project.id,
    });
    expect(await said(instance, flood)).toMatch(/^held 10000 /);
    const { outcome, stdout } = await run(instance, { argv: ["sos", "self"], project: project.id, table: [small] });
    expect(outcome).toEqual({ kind: "code", code: 0 });
    expect(JSON.parse(stdout)).toMatchObject({ state: { phase: "running" } });
    expect(descriptors(instance.kernel.pid ?? 0).length).toBeLessThan(1000);
    await watch.ticks();
    await kill(instance, flood);
  });

  test("serves others while one asks without end and reads no answer", async () => {
    const before = residentKib(instance.kernel.pid ?? 0);
    const flood = await start(instance, {
      script: `${setting}
line = b"POST /v1/self HTTP/1.1\\r\\nhost: k\\r\\ncontent-length: 2\\r\\n\\r\\n{}"
def pour():
    s = door(seconds=None)
    while True:
        try: s.sendall(line * 100)
        except OSError: s = door(seconds=None)
for _ in range(16): threading.Thread(target=pour, daemon=True).start()
print("pours", flush=True)
time.sleep(3600)`,
      project: project.id,
      table: [small, "CPU:0.5"],
    });
    await watch.ticks();
    const { outcome } = await run(instance, { argv: ["sos", "self"], project: project.id, table: [small] });
    expect(outcome).toEqual({ kind: "code", code: 0 });
    await kill(instance, flood);
    expect(residentKib(instance.kernel.pid ?? 0) - before).toBeLessThan(300 * 1024);
  });
});

describe("the processes of others, by their numbers", () => {
  test("cannot be seen, read, waited for, fed, signalled, granted to, revoked from or reaped", async () => {
    const neighbour = await start(instance, {
      script: "print('secret', flush=True)\ntime.sleep(3600)",
      project: project.id,
    });
    const pids = { kernel: 1, bystander: watch.bystander, neighbour };
    const got = await attack(
      `
for name, pid in json.loads(${JSON.stringify(JSON.stringify(pids))}).items():
    stream = b"superos-request: " + json.dumps({"pid": pid}).encode() + b"\\r\\n"
    for call_name, body in {"inspect": {}, "caps": {}, "output": {}, "wait": {"timeoutMs": 0}, "signal": {"signal": "SIGKILL"}, "reap": {}, "grant": {"capability": "PROC_SIGNAL"}, "revoke": {"slot": 1}}.items():
        answer[name + " " + call_name] = ask(call_name.encode(), {"pid": pid} | body)
    answer[name + " stdin"] = ask(b"stdin", b"x", stream)
for slot in range(1, 200):
    end = ask(b"drop", {"slot": slot})
    if end not in ("404", "403", "400"): answer.setdefault("slots", ""); answer["slots"] += "%d:%s " % (slot, end)
listed = subprocess.run(["sos", "ls", "--json"], capture_output=True, text=True).stdout
answer["listed"] = "404" if [each["pid"] for each in json.loads(listed)] == [int(os.environ["SUPEROS_PID"])] else listed`,
      [small, "PROC_SIGNAL"],
    );
    const { slots = "", ...refused } = got;
    expect(Object.entries(refused).filter(([, end]) => !/^(403|404|409)$/.test(end))).toEqual([]);
    // Its own are dropped, or, quotas, cannot be.
    const own = slots.split(" ").filter(Boolean);
    expect(own.filter((text) => !/:(200|501)$/.test(text))).toEqual([]);
    expect(own.length).toBeLessThanOrEqual(8);
    expect((await inspect(instance, neighbour)).state.phase).toBe("running");
    expect((await inspect(instance, watch.bystander)).state.phase).toBe("running");
    await kill(instance, neighbour);
  });

  test("cannot be reached by an endpoint's name from another project", async () => {
    const listens =
      "s = socket.create_server(('127.0.0.1', 5432))\nprint('ready', flush=True)\nwhile True: s.accept()[0].sendall(b'secret')";
    const db = await start(instance, {
      script: listens,
      project: watch.other.id,
      table: [small, "NET_BIND:localhost:5432"],
      name: "db",
    });
    const text = `
import urllib.parse
where = os.environ.get("SUPEROS_ENDPOINT_DB", "127.0.0.1:5432").split(":")
def look():
    with socket.create_connection((where[0], int(where[1])), 20) as s: return s.recv(100).decode() or "closed"
answer = {"from outside": tried(look, 60)}`;
    const there = await ask(instance, words, {
      script: text,
      project: watch.other.id,
      table: [small, "NET_CONNECT:db"],
    });
    expect(there).toEqual({ "from outside": "secret" });
    const here = await ask(instance, words, { script: text, project: project.id, table: [small, "NET_CONNECT:db"] });
    expect(["closed", "ECONNRESET", "ECONNREFUSED"]).toContain(here["from outside"]);
    await kill(instance, db);
  });
});

describe("the sockets of the relay, spoken to directly", () => {
  const net = [small, "NET_BIND:localhost:8080", "NET_CONNECT:example.invalid:443"];

  test("nonsense to the proxy's is answered or closed, and it goes on", async () => {
    const got = await attack(
      `
for name, data in {"nothing": b"", "noise": os.urandom(100000), "zeros": bytes(100000), "long": b"CONNECT " + b"a" * 300000 + b":443 HTTP/1.1\\r\\n\\r\\n", "many headers": b"GET http://example.invalid/ HTTP/1.1\\r\\n" + b"x: y\\r\\n" * 50000 + b"\\r\\n",
  "socks5": b"\\x05\\x01\\x00\\x05\\x01\\x00\\x01\\x7f\\x00\\x00\\x01\\x00\\x50", "socks4": b"\\x04\\x01\\x00\\x50\\x7f\\x00\\x00\\x01\\0", "TLS": b"\\x16\\x03\\x01\\x02\\0\\x01\\0\\x01\\xfc\\x03\\x03" + bytes(500),
  "smuggled": b"GET http://example.invalid:443/ HTTP/1.1\\r\\nhost: x\\r\\ncontent-length: 5\\r\\ntransfer-encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\nGET http://127.0.0.1/ HTTP/1.1\\r\\n\\r\\n"}.items(): answer[name] = say(data, "egress")
with socket.create_connection(("127.0.0.1", 3128), 20) as s:
    s.sendall(b"CONNECT other.example:443 HTTP/1.1\\r\\nhost: other.example:443\\r\\n\\r\\n")
    answer["a host that is not its own"] = status(s.recv(4096).decode())`,
      net,
    );
    expect(Object.entries(got).filter(([, end]) => !/^(4\d\d|50[0-4]|closed)$/.test(end))).toEqual([]);
    expect(got["a host that is not its own"]).toBe("403");
  });

  test("thousands of held connections to the proxy, by halves of requests, hold up no other process's", async () => {
    const flood = await start(instance, {
      script: `${setting}
resource.setrlimit(resource.RLIMIT_NOFILE, (16384, 16384))
held = []
for n in range(10000):
    s = socket.socket(1)
    s.setblocking(False)
    try:
        s.connect("/run/superos/egress.sock")
        s.send(b"CONNECT example.invalid:443 HTTP/1.1\\r\\n")
    except OSError: pass
    held.append(s)
print("held", len(held), flush=True)
time.sleep(3600)`,
      project: project.id,
      table: net,
    });
    const got = await attack(
      `
with socket.create_connection(("127.0.0.1", 3128), 30) as s:
    s.sendall(b"CONNECT other.example:443 HTTP/1.1\\r\\nhost: other.example:443\\r\\n\\r\\n")
    answer["another process's proxy"] = status(s.recv(4096).decode())`,
      net,
    );
    expect(got).toEqual({ "another process's proxy": "403" });
    await kill(instance, flood);
  });

  test("what a program parks at the kernel instead of the relay, and what it says there, leads nowhere but to itself", async () => {
    const script = `${setting}
import contextlib
s = socket.create_server(("127.0.0.1", 8080))
def serve():
    while True:
        c = s.accept()[0]
        with contextlib.suppress(OSError): c.recv(4096); c.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\nconnection: close\\r\\n\\r\\nok"); c.close()
threading.Thread(target=serve, daemon=True).start()
held = []
for n in range(200):
    c = socket.socket(1); c.setblocking(False)
    try: c.connect("/run/superos/bind.sock"); c.send([b"", b"22\\n", os.urandom(1000), b"HTTP/1.1 200 OK\\r\\n\\r\\n"][n % 4])
    except OSError: pass
    held.append(c)
print("parked", flush=True)
while True: time.sleep(1)`;
    const pid = await start(instance, { script, project: project.id, table: net });
    const opened = await instance.post(`/api/v1/processes/${pid}/preview`, { port: 8080 });
    expect(opened.status).toBe(201);
    const { url } = z.object({ url: z.string() }).parse(await opened.json());
    const reply = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(30_000) }).catch(() => undefined);
    await reply?.body?.cancel();
    await watch.ticks();
    expect((await inspect(instance, pid)).state.phase).toBe("running");
    await kill(instance, pid);
  });
});

describe("the gate", () => {
  test("is over when the program runs: its FIFOs carry nothing to the kernel, and no second launch", async () => {
    const text = `
d = "/run/superos/"
answer = dict(
  report=here(lambda: os.write(os.open(d + "report", os.O_WRONLY | os.O_NONBLOCK), b"ready\\nlaunched\\nmount 1:1\\n")),
  launch=here(lambda: os.open(d + "launch", os.O_WRONLY | os.O_NONBLOCK)),
  stdin=here(lambda: os.open(d + "stdin", os.O_WRONLY | os.O_NONBLOCK)),
  read=here(lambda: os.read(os.open(d + "stdout", os.O_RDONLY | os.O_NONBLOCK), 1)))`;
    const got = await ask(instance, words, { script: text });
    expect(got).toEqual({ report: "ENXIO", launch: "EACCES", stdin: "EACCES", read: "EACCES" });
  });

  test("takes arguments, variables and directories for what they are, whatever they look like", async () => {
    const argv = [
      "python3",
      "-c",
      "import sys, os, json; print(json.dumps([sys.argv[1:], os.environ['X'], os.getcwd()]))",
    ];
    const odd = [
      "$(touch /tmp/x)",
      "`id`",
      "a\nb\n\n",
      "--",
      "-c",
      "launched\n",
      "",
      "\u202Eabc",
      "'; exit 1; '",
      "$0",
      "*",
      "\\n",
      "\x7f\x1b[2J",
      "3\nx\n",
    ];
    const env = {
      X: "$(id)\n4\nlaunched\n",
      LD_PRELOAD: "/project/evil.so",
      ENV: "/project/evil",
      PS4: "$(id)",
      IFS: "x",
      OPTIND: "y",
    };
    const { stdout, outcome } = await run(instance, {
      argv: [...argv, ...odd],
      env,
      cwd: "/tmp/../tmp/.",
      table: [small],
    });
    expect(outcome).toEqual({ kind: "code", code: 0 });
    expect(JSON.parse(stdout)).toEqual([odd, env.X, "/tmp"]);
  });
});

const residentKib = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
/** What a kernel's descriptors are open on. */
const descriptors = (kernel: number): string[] =>
  readdirSync(`/proc/${kernel}/fd`).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${kernel}/fd/${name}`)];
    } catch {
      return [];
    }
  });
/** An embryo's pipes, its door and what listens there. */
const perEmbryo = 11;

test("the kernel holds no descriptor of processes that have ended", async () => {
  for (let round = 0; round < 5; round += 1) {
    const { pid } = await spawn(instance, {
      argv: python("import socket; s = socket.socket(1); s.connect('/run/superos/kernel.sock')"),
      table: [small],
    });
    await outcomeOf(instance, pid);
    await outputOf(instance, pid);
  }
  await waitFor("the kernel's descriptors to be given back", async () => {
    const open = descriptors(instance.kernel.pid ?? 0);
    const owners = new Set(open.flatMap((path) => /\/run\/p\/(\d+)\//.exec(path)?.[1] ?? []));
    const boxes = await containersWith(instance.label);
    const { pool } = await statusOf(instance);
    for (const { Labels: labels } of boxes) owners.delete(labels["superos.pid"] ?? "");
    return owners.size === 0 && open.length < 120 + perEmbryo * pool.ready;
  });
  expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
});

test("all of it changed nothing on the host, and everybody else goes on", async () => {
  expect(await watch.changes()).toEqual([]);
});
