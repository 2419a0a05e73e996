import { createHash, randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request, type RequestOptions } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { getCACertificates } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { specialKind } from "../../egress/address.ts";
import type { ProjectView } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { checkout, finish, Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import {
  accepted,
  type Api,
  faultOf,
  importProject,
  inspect,
  kill,
  outcomeOf,
  outputOf,
  processes,
  type Program,
  python,
  restartsOf,
  run,
  spawn,
  statusOf,
} from "../system/caller.ts";
import { isAlive, servicePid } from "../system/host-process.ts";
import { Outside } from "../system/outside.ts";
import { addPerson, type Person, removeMember, setRole, signedIn } from "../system/person.ts";
import { previewRequest, revoke, slotOf } from "../system/slots.ts";
import { Inside } from "./inside.ts";

/** The ways into a box and out of it, with real programs at both ends: previews, the proxy, endpoints. */

const registry = "registry.npmjs.org";

/** Addresses of the registry that no wildcard stands for: where a mirror answers for it. None on most machines. */
async function specialAddresses(): Promise<string[]> {
  const found = await lookup(registry, { all: true, family: 4 }).catch(() => []);
  return found.flatMap(({ address }) => (specialKind(address) === undefined ? [] : [`${address}:443`]));
}

const reachable = await fetch(`https://${registry}/is-number`, { signal: AbortSignal.timeout(20_000) }).then(
  ({ ok }) => ok,
  () => false,
);

let instance: Instance;
let project: ProjectView;
let elsewhere: ProjectView;
let outside: Outside;
let anna: Person;
let literals: string[] = [];

beforeAll(async () => {
  outside = await Outside.start();
  literals = await specialAddresses();
  instance = await Instance.start({ env: { SUPEROS_NET_PRIVATE: [outside.host, ...literals].join(",") } });
  project = await importProject(
    instance,
    "site",
    rawArchive({ name: "ca.pem", content: getCACertificates("default").join("\n") }),
  );
  elsewhere = await importProject(instance, "elsewhere", rawArchive({ name: "a" }));
  anna = await addPerson(instance, "anna");
});
afterAll(async () => {
  await instance?.remove();
  outside.stop();
});
afterEach(async () => {
  for (const { pid } of await processes(instance)) await kill(instance, pid);
  for (const { pid } of await processes(instance)) await outcomeOf(instance, pid);
});

const small = ["MEM:64Mi", "PIDS:32", "CPU:0.5"];
const start = (table: readonly string[], more: Partial<Program> = {}): Promise<Inside> =>
  Inside.start(instance, { project: project.id, table: [...small, ...table], ...more });
/** For a machine that is busy: what is cut is cut within a second on one that is not. */
const boundMs = 5000;

const server = `
import base64, hashlib, http.server, threading
go = threading.Event()
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def say(self, text):
        body = text.encode()
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def part(self, data): self.wfile.write(b"%x\\r\\n%s\\r\\n" % (len(data), data)); self.wfile.flush()
    def do_GET(self):
        if self.path == "/socket": return self.socket()
        if self.path not in ("/stream", "/endless"): return self.say("hello from " + self.path)
        self.send_response(200); self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
        self.part(b"first")
        if self.path == "/endless": threading.Event().wait()
        go.wait()
        self.part(b"second"); self.part(b"")
    def do_POST(self): go.set(); self.say("gone on")
    def do_PUT(self):
        left, digest = int(self.headers["Content-Length"]), hashlib.sha256()
        while left > 0:
            data = self.rfile.read(min(left, 1 << 16))
            if not data: break
            left -= len(data); digest.update(data)
        self.say(digest.hexdigest())
    def socket(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101); self.send_header("Upgrade", "websocket"); self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        while head := self.rfile.read(2):
            mask, data = self.rfile.read(4), self.rfile.read(head[1] & 127)
            answer = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)).upper()
            self.wfile.write(bytes([0x81, len(answer)]) + answer); self.wfile.flush()
        self.close_connection = True
http.server.ThreadingHTTPServer.daemon_threads = True
made = http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Handler)
print("listens")
made.serve_forever()
`;

/** A program that serves on port 8080. */
async function serve(table: readonly string[] = ["NET_BIND:localhost:8080"], by: Api = instance): Promise<number> {
  const { pid } = await spawn(by, { argv: python(server), project: project.id, table: [...small, ...table] });
  await waitFor("it listens", async () => (await outputOf(by, pid, false)).stdout.includes("listens"));
  return pid;
}

const opened = z.strictObject({ url: z.string(), port: z.number() });

/** A browser with a process's page open. */
class Visit {
  readonly url: URL;
  readonly #cookie: string;

  private constructor(url: URL, cookie: string) {
    this.url = url;
    this.#cookie = cookie;
  }

  static async open(by: Api, pid: number, port?: number): Promise<Visit> {
    const url = new URL((await accepted(opened, previewRequest(by, pid, port))).url);
    const entered = await asked(url, { path: url.pathname + url.search });
    entered.resume();
    if (entered.statusCode !== 303) throw new Error(`the address opened with ${entered.statusCode}`);
    return new Visit(url, entered.headers["set-cookie"]?.[0]?.split(";")[0] ?? "");
  }

  ask(path: string, options: RequestOptions & { body?: Readable } = {}): Promise<IncomingMessage> {
    return asked(this.url, { ...options, path, headers: { cookie: this.#cookie, ...headersOf(options) } });
  }

  /** A page of another preview with this one's cookie. */
  askAt(other: Visit): Promise<IncomingMessage> {
    return asked(other.url, { path: "/", headers: { cookie: this.#cookie } });
  }

  async upgrade(path: string): Promise<Socket> {
    const key = randomBytes(16).toString("base64");
    const wanted = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": key,
    };
    const made = request(atGateway(this.url, { path, headers: { cookie: this.#cookie, ...wanted } }));
    made.end();
    const [response, socket] = (await once(made, "upgrade")) as [IncomingMessage, Socket];
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    if (response.headers["sec-websocket-accept"] !== accept) throw new Error("it was not accepted as a web socket");
    socket.on("error", () => undefined);
    return socket;
  }
}

const headersOf = ({ headers }: RequestOptions): Record<string, string> =>
  z.record(z.string(), z.coerce.string()).parse(headers ?? {});

/** Names below localhost are the gateway's, whoever resolves them. */
const atGateway = (url: URL, options: RequestOptions): RequestOptions => ({
  ...options,
  agent: false,
  host: "127.0.0.1",
  port: instance.port,
  headers: { ...headersOf(options), host: url.host },
});

async function asked(url: URL, { body, ...options }: RequestOptions & { body?: Readable }): Promise<IncomingMessage> {
  const made = request(atGateway(url, options));
  made.on("error", () => undefined);
  made.setTimeout(60_000, () => made.destroy(new Error(`no answer from ${url.host}${options.path ?? ""}`)));
  const answered = once(made, "response");
  if (body === undefined) made.end();
  else body.pipe(made);
  const [response] = (await answered) as [IncomingMessage];
  return response;
}

const said = async (visit: Visit, path: string): Promise<string> => text(await visit.ask(path));

/** An answer that has begun and never ends, and what becomes of it. */
async function endless(visit: Visit): Promise<{ cut: () => boolean }> {
  const response = await visit.ask("/endless");
  expect(response.statusCode).toBe(200);
  const state = { cut: false };
  response.once("close", () => (state.cut = true)).on("error", () => undefined);
  const [first] = (await once(response, "data")) as [Buffer];
  expect(first.toString()).toBe("first");
  response.resume();
  return { cut: () => state.cut };
}

const frame = (words: string): Buffer => {
  const data = Buffer.from(words);
  return Buffer.concat([Buffer.from([0x81, 0x80 | data.length, 0, 0, 0, 0]), data]);
};

describe("a port that a process may bind", () => {
  test("is served to who may see the process: requests, an answer in parts as they come, a web socket", async () => {
    const visit = await Visit.open(instance, await serve());
    expect(await said(visit, "/a?b=c")).toBe("hello from /a?b=c");

    const stream = await visit.ask("/stream");
    const parts: string[] = [];
    stream.on("data", (part: Buffer) => parts.push(part.toString()));
    const ended = once(stream, "end");
    await once(stream, "data");
    expect(parts).toEqual(["first"]);
    // Only now does the program go on: what came first was not held back.
    expect(await text(await visit.ask("/", { method: "POST" }))).toBe("gone on");
    await ended;
    expect(parts.join("")).toBe("firstsecond");

    const socket = await visit.upgrade("/socket");
    for (const word of ["one", "two"]) {
      const answered = once(socket, "data");
      socket.write(frame(word));
      const [answer] = (await answered) as [Buffer];
      expect(answer.subarray(2).toString()).toBe(word.toUpperCase());
    }
    socket.destroy();
  });

  test("takes an upload of 100 MB, byte for byte", async () => {
    const visit = await Visit.open(instance, await serve());
    const part = randomBytes(1 << 20);
    const digest = createHash("sha256");
    const parts = Array.from({ length: 100 }, () => part);
    for (const each of parts) digest.update(each);
    const headers = { "content-length": String(parts.length * part.length) };
    const reply = await visit.ask("/upload", { method: "PUT", headers, body: Readable.from(parts) });
    expect([reply.statusCode, await text(reply)]).toEqual([200, digest.digest("hex")]);
  });

  test("is one that its table names, and the one it names is the one that is opened", async () => {
    const pid = await serve();
    const reply = await accepted(opened, previewRequest(instance, pid));
    expect([reply.port, new URL(reply.url).host]).toEqual([8080, `p${pid}-8080.localhost:${instance.port}`]);
    expect(await faultOf(previewRequest(instance, pid, 8081))).toMatchObject({ code: "bad_state" });
    const any = await serve(["NET_BIND:localhost"]);
    expect(await faultOf(previewRequest(instance, any))).toMatchObject({ code: "bad_state" });
    expect(await said(await Visit.open(instance, any, 8080), "/")).toBe("hello from /");
    const nothing = await Visit.open(instance, any, 9999);
    expect((await nothing.ask("/")).statusCode).toBe(502);
  });

  test("goes with the process, in the middle of an answer", async () => {
    const pid = await serve();
    const visit = await Visit.open(instance, pid);
    const [answer, socket] = [await endless(visit), await visit.upgrade("/socket")];
    await kill(instance, pid);
    await waitFor("both are cut", () => answer.cut() && socket.destroyed, boundMs);
    await outcomeOf(instance, pid);
    expect((await visit.ask("/")).statusCode).toBe(410);
    expect(await faultOf(previewRequest(instance, pid, 8080))).toMatchObject({ code: "bad_state" });
  });

  test("goes with the slot, in the middle of an answer, and the process runs on", async () => {
    const pid = await serve();
    const visit = await Visit.open(instance, pid);
    const [answer, socket] = [await endless(visit), await visit.upgrade("/socket")];
    await revoke(instance, pid, (await slotOf(instance, pid, "NET_BIND:localhost:8080")).slot);
    await waitFor("both are cut", () => answer.cut() && socket.destroyed, boundMs);
    expect((await visit.ask("/")).statusCode).not.toBe(200);
    expect((await inspect(instance, pid)).state.phase).toBe("running");
  });

  test("goes with the session that opened it, and is there for others", async () => {
    const pid = await serve();
    const session = await signedIn(instance, { token: instance.token });
    const [visit, other] = [await Visit.open(session, pid), await Visit.open(instance, pid)];
    const [answer, otherAnswer] = [await endless(visit), await endless(other)];
    await session.signOut();
    await waitFor("it is cut", () => answer.cut(), boundMs);
    expect((await visit.ask("/")).statusCode).toBe(410);
    expect([otherAnswer.cut(), await said(other, "/")]).toEqual([false, "hello from /"]);
  });

  test("is nobody's without access to the project, and is cut when that goes", async () => {
    const pid = await serve();
    expect(await faultOf(previewRequest(anna, pid))).toMatchObject({ code: "not_found" });
    await setRole(instance, { project: project.id, user: "anna" }, "viewer");
    const visit = await Visit.open(anna, pid);
    expect(await said(visit, "/")).toBe("hello from /");
    const answer = await endless(visit);
    await removeMember(instance, { project: project.id, user: "anna" });
    expect((await visit.ask("/")).statusCode).toBeGreaterThanOrEqual(400);
    await waitFor("it is cut", () => answer.cut(), boundMs);
  });

  test("is opened by an address that is good once, and by its own cookie alone", async () => {
    const [pid, other] = [await serve(), await serve()];
    const url = new URL((await accepted(opened, previewRequest(instance, pid))).url);
    const enter = { path: url.pathname + url.search };
    expect((await asked(url, { path: "/" })).statusCode).toBe(401);
    expect((await asked(url, enter)).statusCode).toBe(303);
    expect((await asked(url, enter)).statusCode).toBe(401);
    const [one, two] = [await Visit.open(instance, pid), await Visit.open(instance, other)];
    expect((await one.askAt(two)).statusCode).toBe(401);
    expect((await one.ask("/")).statusCode).toBe(200);
  });
});

describe("a host that a process may connect to", () => {
  const trust = { SSL_CERT_FILE: "/project/ca.pem", NODE_EXTRA_CA_CERTS: "/project/ca.pem" };
  const connects = (): string[] => [`NET_CONNECT:${registry}`, ...literals.map((literal) => `NET_CONNECT:${literal}`)];

  test.skipIf(!reachable)("is fetched from by a program that knows nothing of it, through https", async () => {
    const process = await start(["FS_READ:/project", ...connects()], { env: trust });
    const name = "json.loads(fetch('https://registry.npmjs.org/is-number/7.0.0'))['name']";
    expect(await process.tried(name)).toBe("is-number");
    expect(await process.tried("fetch('https://www.npmjs.com/')")).toMatch(/^no: Tunnel connection failed: 403/);
  });

  test.skipIf(!reachable)("is what npm installs from, as it is", async () => {
    const found = await finish("sh", ["-c", 'readlink -f "${npm_execpath:-$(command -v npm)}"']);
    const npm = dirname(dirname(found.stdout.toString().trim()));
    const scratch = mkdtempSync(join(tmpdir(), "superos-npm-"));
    mkdirSync(join(scratch, "app"));
    writeFileSync(join(scratch, "app", "package.json"), "{}");
    writeFileSync(join(scratch, "ca.pem"), getCACertificates("default").join("\n"));
    const node = join(checkout, "node_modules", "node", "bin");
    const parts = ["-C", scratch, "app", "ca.pem", "-C", node, "node", "-C", dirname(npm), "npm"];
    const packed = await finish("tar", ["-ch", "--exclude=.bin", ...parts]);
    expect([packed.code, packed.stderr]).toEqual([0, ""]);
    rmSync(scratch, { recursive: true });
    const { id } = await importProject(instance, "npm", packed.stdout);
    const ended = await run(instance, {
      argv: ["/project/node", "/project/npm/bin/npm-cli.js", "install", "--no-audit", "--no-fund", "is-number@7.0.0"],
      project: id,
      cwd: "/project/app",
      env: { ...trust, npm_config_update_notifier: "false" },
      table: ["FS_READ:/project", "FS_WRITE:/project", "MEM:1Gi", "PIDS:128", "CPU:1", ...connects()],
    });
    expect(ended.outcome, `${ended.stdout}${ended.stderr}`).toEqual({ kind: "code", code: 0 });
    const path = encodeURIComponent("app/node_modules/is-number/package.json");
    const installed = await instance.api(`/api/v1/projects/${id}/content?path=${path}`);
    expect(JSON.parse(await installed.text())).toMatchObject({ name: "is-number", version: "7.0.0" });
  });

  test("is that host and that port alone, and the refusal says what is missing and how to get it", async () => {
    const process = await start([`NET_CONNECT:${outside.host}`, "NET_CONNECT:example.org:443"]);
    expect(await process.tried(`proxied('http://${outside.host}/')`)).toBe("200 outside");
    expect(await process.tried("fetch('http://example.org/')")).toBe(
      "403 SuperOS: this process has no NET_CONNECT:example.org:80\n" +
        "Start it with NET_CONNECT:example.org:80 in its table, or grant it: superos grant PID NET_CONNECT:example.org:80\n",
    );
    expect(await process.tried("fetch('https://example.com/')")).toBe("no: Tunnel connection failed: 403 Forbidden");
    expect(await process.tried("proxied('http://127.0.0.1:1/')")).toMatch(/^403 .*NET_CONNECT:127\.0\.0\.1:1\n/s);
    expect(await process.tried("tunnel('example.net:443')[1]")).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
  });

  test("is no special address unless the table names that very one, however it is written or resolved", async () => {
    const process = await start(["NET_CONNECT:*"]);
    const before = outside.seen.length;
    const { port } = outside;
    const targets = [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      `0.0.0.0:${port}`,
      `127.1:${port}`,
      `2130706433:${port}`,
      `0x7f000001:${port}`,
      "169.254.169.254",
      "169.254.169.254:443",
      "100.100.100.200",
      "168.63.129.16",
      "10.0.0.1",
      "172.17.0.1:2375",
      "192.168.0.1",
    ];
    for (const target of targets) {
      expect(await process.tried(`proxied('http://${target}/')`), target).toMatch(/^40[03] SuperOS: /);
      const to = target.includes(":") ? target : `${target}:80`;
      expect(await process.tried(`tunnel('${to}')[1]`), target).toMatch(/^HTTP\/1\.1 40[03] /);
    }
    expect(await process.tried(`proxied('http://[::1]:${port}/')`)).toMatch(/^400 SuperOS: /);
    expect(outside.seen.length).toBe(before);
    expect(await process.tried("proxied('http://169.254.169.254/')")).toContain("NET_CONNECT:169.254.169.254:80");
  });

  test("is not had by taking the proxy's variables away, nor without the capability", async () => {
    const connected = await start([`NET_CONNECT:${outside.host}`]);
    const direct = `socket.create_connection(('127.0.0.1', ${outside.port}), 3).close()`;
    expect(await connected.tried(direct)).toBe("ECONNREFUSED");
    expect(await connected.tried("socket.create_connection(('1.1.1.1', 80), 3).close()")).toBe("ENETUNREACH");
    const without = await start([]);
    expect(await without.tried("'http_proxy' in os.environ")).toBe("false");
    expect(await without.tried(`proxied('http://${outside.host}/')`)).toBe("ECONNREFUSED");
  });
});

describe("an endpoint", () => {
  const database = `
import socket, threading
listener = socket.create_server(("127.0.0.1", 5432))
print("listens")
def serve(connection):
    while data := connection.recv(1000): connection.sendall(b"row of " + data)
while True: threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()
`;
  async function serveDatabase(of: ProjectView = project): Promise<number> {
    const { pid } = await spawn(instance, {
      argv: python(database),
      project: of.id,
      name: "db",
      table: [...small, "NET_BIND:localhost:5432"],
    });
    await waitFor("it listens", async () => (await outputOf(instance, pid, false)).stdout.includes("listens"));
    return pid;
  }
  const query = "(way.sendall(b'query'), way.recv(100).decode())[1]";
  const connect = "answer = None; way = socket.create_connection(('127.0.0.1', 5432), 10)";

  test("is another process of the project, at its own port on the loopback and as a variable says", async () => {
    await serveDatabase();
    const client = await start(["NET_CONNECT:db"]);
    await client.ask(z.null(), connect);
    expect(await client.tried(query)).toBe("row of query");
    expect(await client.tried("os.environ['SUPEROS_ENDPOINT_DB']")).toBe("127.0.0.1:5432");
  });

  test("has a name that one process of a project has at a time, and that another project's do not reach", async () => {
    const pid = await serveDatabase();
    const body = {
      project: project.id,
      runtime: "python",
      argv: ["true"],
      name: "db",
      table: ["NET_BIND:localhost:1"],
    };
    expect(await faultOf(instance.post("/api/v1/processes", body))).toMatchObject({
      code: "conflict",
      message: expect.stringContaining(String(pid)),
    });
    const stranger = await start(["NET_CONNECT:db"], { project: elsewhere.id });
    const reach =
      "(way := socket.create_connection(tuple(os.environ['SUPEROS_ENDPOINT_DB'].split(':')), 10)) and way.recv(1).decode() or 'nothing'";
    expect(
      await stranger.tried(
        reach.replace(
          "tuple(os.environ['SUPEROS_ENDPOINT_DB'].split(':'))",
          "('127.0.0.1', int(os.environ['SUPEROS_ENDPOINT_DB'].split(':')[1]))",
        ),
      ),
    ).toMatch(/^nothing$|ECONNRESET/);
    const own = await serveDatabase(elsewhere);
    expect((await inspect(instance, own)).endpoint).toBe("db");
    const unnamed = await start([]);
    expect(await unnamed.tried("socket.create_connection(('127.0.0.1', 5432), 3).close()")).toBe("ECONNREFUSED");
  });

  test("may come later, or go and come again: the next connection finds it", async () => {
    const client = await start(["NET_CONNECT:db"]);
    const first = await serveDatabase();
    const port = "int(os.environ['SUPEROS_ENDPOINT_DB'].split(':')[1])";
    const again = connect.replace("5432", port);
    await client.ask(z.null(), again);
    expect(await client.tried(query)).toBe("row of query");
    await kill(instance, first);
    await outcomeOf(instance, first);
    expect(await client.tried("way.recv(1).decode()")).toMatch(/^$|ECONNRESET/);
    await client.ask(z.null(), again);
    expect(await client.tried(query)).not.toBe("row of query");
    await serveDatabase();
    await client.ask(z.null(), again);
    expect(await client.tried(query)).toBe("row of query");
  });

  test.each(["client", "server"])("is cut when the %s's slot is revoked, and not reached again", async (side) => {
    const pid = await serveDatabase();
    const client = await start(["NET_CONNECT:db"]);
    await client.ask(z.null(), connect);
    expect(await client.tried(query)).toBe("row of query");
    if (side === "client")
      await revoke(instance, client.pid, (await slotOf(instance, client.pid, "NET_CONNECT:db")).slot);
    else await revoke(instance, pid, (await slotOf(instance, pid, "NET_BIND:localhost:5432")).slot);
    expect(await client.tried("way.recv(1).decode()")).toMatch(/^$|ECONNRESET/);
    expect(await client.tried(`(exec(${JSON.stringify(connect)}, globals()), ${query})[1]`)).not.toBe("row of query");
    for (const each of [pid, client.pid]) expect((await inspect(instance, each)).state.phase).toBe("running");
  });
});

describe("the service that connects", () => {
  test("is started again when it is killed: processes go on, and their next connections work", async () => {
    const { pid } = await spawn(instance, {
      argv: python("import time\nfor n in range(10**6): print(n); time.sleep(0.05)"),
      project: project.id,
      table: small,
    });
    const process = await start([`NET_CONNECT:${outside.host}`]);
    expect(await process.ask(z.string(), `way, answer = tunnel('${outside.host}')`)).toMatch(/^HTTP\/1\.1 200 /);
    const before = await servicePid(instance, "egress");
    globalThis.process.kill(before, "SIGKILL");
    await waitFor("it is gone", () => !isAlive(before));
    expect(await process.tried("way.recv(1).decode()")).toMatch(/^$|ECONNRESET/);
    await waitFor("it is up again", async () => {
      const found = (await statusOf(instance)).services.find(({ name }) => name === "egress");
      return found?.state === "up" && found.restarts === 1;
    });
    expect(await servicePid(instance, "egress")).not.toBe(before);
    const answer = await waitFor("it connects", async () => {
      const words = await process.tried(`proxied('http://${outside.host}/')`);
      return words === "200 outside" ? words : undefined;
    });
    expect(answer).toBe("200 outside");
    expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 1 });
    for (const each of [pid, process.pid]) expect((await inspect(instance, each)).state.phase).toBe("running");
    const written = (await outputOf(instance, pid, false)).stdout.length;
    await waitFor("it writes on", async () => (await outputOf(instance, pid, false)).stdout.length > written);
  });
});
