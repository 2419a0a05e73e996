import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProjectId } from "../../kernel/abi/index.ts";
import { rawArchive } from "../../kernel/fs/raw-archive.ts";
import { importProject } from "../system/caller.ts";
import { freePort, Instance } from "../setup/instance.ts";
import { type Attempt, ask, script, small, titled, type Words, words } from "./box.ts";
import { HostWatch } from "./host-watch.ts";

/**
 * Everything that could be a way to a network: families of sockets, the box's own interface, addresses of the host and of
 * the cloud, names, and the proxy of a process that may reach one host and wants another.
 */

const setting = `
def made(family, kind=1, protocol=0): socket.socket(family, kind, protocol).close()
def reach(host, port, kind=1, family=2):
    with socket.socket(family, kind) as s:
        s.settimeout(3)
        s.connect((host, port))
        s.send(b"x")
def netlink(kind, flags, body):
    with socket.socket(16, 3, 0) as s:
        s.send(struct.pack("IHHII", 16 + len(body), kind, flags | 5, 1, 0) + body)
        error = struct.unpack_from("i", s.recv(4096), 16)[0]
        if error: raise OSError(-error, "")
def request(number, body):
    with socket.socket(2, 2) as s: fcntl.ioctl(s, number, body)
def option(level, name, value):
    with socket.socket(2, 2) as s: s.setsockopt(level, name, value)
`;

const noFamily = ["EPERM"];
const families: readonly Attempt[] = [
  ["AF_ALG, the kernel's cryptography", "made(38, socket.SOCK_SEQPACKET)"],
  ["AF_VSOCK, the hypervisor", "made(40)"],
  ["AF_PACKET, whole frames", "made(17, socket.SOCK_RAW, 0x300)"],
  ["raw IPv4 and IPv6", "made(2, socket.SOCK_RAW, 255) or made(10, socket.SOCK_RAW, 58)"],
  ["ICMP without a raw socket", "made(2, 2, 1)"],
  ["SCTP", "made(2, 1, 132)"],
  ["DCCP", "made(2, 6, 33)"],
  ["UDP-Lite and multipath TCP", "made(2, 2, 136) or made(2, 1, 262)"],
  ["AF_KEY and AF_XDP", "made(15, socket.SOCK_RAW, 2) or made(44, socket.SOCK_RAW)"],
  ["AF_BLUETOOTH, AF_CAN, AF_NFC", "made(31) or made(29, socket.SOCK_RAW, 1) or made(39, socket.SOCK_SEQPACKET)"],
  ["AF_TIPC, AF_RDS, AF_SMC, AF_KCM", "made(30) or made(21, 5) or made(43) or made(41, 2)"],
  [
    "AF_X25, AF_AX25, AF_DECNET, AF_APPLETALK, AF_QIPCRTR",
    "made(9, 5) or made(3, 5) or made(12) or made(5, 2) or made(42, 2)",
  ],
  [
    "netlink beside routes: netfilter, audit, xfrm, uevents, generic, diag",
    "[made(16, 3, each) for each in (12, 9, 6, 15, 16, 4)]",
  ],
  ["pairs of another family than Unix", "socket.socketpair(30, 1)"],
].map(([title = "", act = ""]) => ({ title, act, expect: noFamily }));

const interfaces: readonly Attempt[] = [
  [
    "an address added to the loopback",
    "netlink(20, 0x400, struct.pack('BBBBI', 2, 8, 0, 0, 1) + struct.pack('HH4s', 8, 2, bytes([10, 0, 0, 1])))",
    noFamily,
  ],
  [
    "a route added",
    "netlink(24, 0x400, struct.pack('8BI', 2, 0, 0, 0, 254, 3, 253, 1, 0) + struct.pack('HHI', 8, 4, 1))",
    noFamily,
  ],
  [
    "a virtual interface made",
    "netlink(16, 0x400, struct.pack('BxHiII', 0, 0, 0, 0, 0) + struct.pack('HH6sxx', 10, 3, b'dummy0'))",
    [...noFamily, "EOPNOTSUPP"],
  ],
  ["the loopback switched off", "request(0x8914, struct.pack('16sh22x', b'lo', 0))", noFamily],
  [
    "the address of the loopback changed",
    "request(0x8916, struct.pack('16sHH4s16x', b'lo', 2, 0, bytes([10, 0, 0, 1])))",
    noFamily,
  ],
  ["a tunnel", "os.open('/dev/net/tun', os.O_RDWR)", ["ENOENT"]],
  ["an address that is another's, by transparent proxying", "option(0, 19, 1)", noFamily],
  ["buffers beyond the limit", "option(1, 32, 1 << 30)", noFamily],
].map(([title, act, expected]) => ({ title, act, expect: expected }) as Attempt);

let instance: Instance;
let watch: HostWatch;
let project: ProjectId;
let hostServer: Server;
let abstractServer: Server;
const abstractName = `superos-attack-${process.pid}`;
let hostPort = 0;
let namedPort = 0;
let callers = 0;
let answers: Words;
let places: readonly Attempt[] = [];

async function listenOn(server: Server, port: number): Promise<number> {
  await once(server.listen(port, "0.0.0.0"), "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

beforeAll(async () => {
  namedPort = await freePort();
  instance = await Instance.start({ env: { SUPEROS_NET_PRIVATE: `127.0.0.1:${namedPort}` } });
  project = (await importProject(instance, "calls", rawArchive({ name: "main.py", content: "" }))).id;
  watch = await HostWatch.begin(instance);
  const greet = (): Server =>
    createServer((socket) => {
      callers += 1;
      socket.on("error", () => undefined).end("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nreached");
    });
  hostServer = greet();
  hostPort = await listenOn(hostServer, 0);
  abstractServer = greet();
  await once(abstractServer.listen(`\0${abstractName}`), "listening");
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const hosts = own.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
  const away = ["ENETUNREACH"];
  places = [
    [
      "the host's ports by its loopback",
      `reach("127.0.0.1", ${hostPort}) or reach("127.0.0.1", ${instance.port})`,
      ["ECONNREFUSED"],
    ],
    [
      "the host's ports by each address of its own",
      `every(*[(lambda host=host: reach(host, ${hostPort})) for host in ${JSON.stringify(hosts)}])`,
      away,
    ],
    ["the engine's bridge", `reach("172.17.0.1", ${hostPort})`, away],
    [
      "the metadata service of a cloud, in each of its addresses",
      'every(*[(lambda host=host: reach(host, 80)) for host in ("169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192")])',
      away,
    ],
    [
      "the metadata service by IPv6",
      'reach("fd00:ec2::254", 80, family=10)',
      ["ENETUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"],
    ],
    [
      "name servers by UDP: a public one, the router's, another box's",
      'every(*[(lambda host=host: reach(host, 53, 2)) for host in ("8.8.8.8", "10.0.2.3", "192.168.1.1")])',
      away,
    ],
    ["the name server that the engine puts into boxes with a network", 'reach("127.0.0.11", 53)', ["ECONNREFUSED"]],
    [
      "everybody at once, by broadcast and multicast",
      `every(lambda: reach("224.0.0.251", 5353, 2), lambda: reach("239.255.255.250", 1900, 2))`,
      away,
    ],
    [
      "the host's loopback by odd spellings",
      `every(*[(lambda host=host: reach(host, ${hostPort})) for host in ("0.0.0.0", "127.1", "2130706433", "0x7f000001", "127.255.255.254")])`,
      ["ECONNREFUSED"],
    ],
    ["an abstract socket of the host", `socket.socket(1).connect("\\0${abstractName}")`, ["ECONNREFUSED"]],
    [
      "the engine by where it listens",
      'every(*[(lambda path=path: socket.socket(1).connect(path)) for path in ("/var/run/docker.sock", "/run/containerd/containerd.sock")])',
      ["ENOENT"],
    ],
  ].map(([title, act, expected]) => ({ title, act, expect: expected }) as Attempt);
  const every = `
def every(*acts):
    answers = {tried(act) for act in acts}
    return answers.pop() if len(answers) == 1 else "not the same: " + repr(sorted(answers))
`;
  answers = await ask(instance, words, { script: every + setting + script([...families, ...interfaces, ...places]) });
});
afterAll(async () => {
  hostServer.close();
  abstractServer.close();
  await instance.remove();
});

test.each(titled(families))("a socket of %s: refused", (title, refusals) => {
  expect(refusals).toContain(answers[title]);
});

test.each(titled(interfaces))("%s: refused", (title, refusals) => {
  expect(refusals).toContain(answers[title]);
});

test.each([
  "the host's ports by its loopback",
  "the host's ports by each address of its own",
  "the engine's bridge",
  "the metadata service of a cloud, in each of its addresses",
  "the metadata service by IPv6",
  "name servers by UDP: a public one, the router's, another box's",
  "the name server that the engine puts into boxes with a network",
  "everybody at once, by broadcast and multicast",
  "the host's loopback by odd spellings",
  "an abstract socket of the host",
  "the engine by where it listens",
])("a way to %s: there is none", (title) => {
  const refusals = places.find((place) => place.title === title)?.expect ?? [];
  expect(refusals).toContain(answers[title]);
  expect(callers).toBe(0);
});

test("a name asked of the resolver has no answer", async () => {
  const names = ["example.org", "localhost.localdomain", "metadata.google.internal", "host.docker.internal", "kernel"];
  const text = `
def look(name):
    try: return str(socket.getaddrinfo(name, 80))
    except socket.gaierror: return "no name"
answer = {name: look(name) for name in ${JSON.stringify(names)}}`;
  const got = await ask(instance, words, { script: text });
  expect(got).toEqual(Object.fromEntries(names.map((name) => [name, "no name"])));
});

describe("a process that may reach one host", () => {
  const through = `
def status(target, method="CONNECT"):
    with socket.create_connection(("127.0.0.1", 3128), 20) as s:
        s.sendall(f"{method} {target} HTTP/1.1\\r\\nhost: {target}\\r\\nconnection: close\\r\\n\\r\\n".encode())
        with s.makefile("rb") as reply: line = reply.readline().decode()
        return line.split(" ")[1] if line else "closed"
`;
  const table = (): string[] => [small, `NET_CONNECT:127.0.0.1:${namedPort}`];

  test("reaches that one, and nothing else by any spelling of an address", async () => {
    const named = createServer((socket) => socket.on("error", () => undefined).end("HTTP/1.1 200 OK\r\n\r\n"));
    await listenOn(named, namedPort);
    const others = [
      `127.0.0.1:${hostPort}`,
      `127.0.0.1:${instance.port}`,
      `localhost:${namedPort}`,
      `127.1:${hostPort}`,
      `2130706433:${hostPort}`,
      `0x7f.0.0.1:${hostPort}`,
      `0177.0.0.1:${hostPort}`,
      `[::1]:${hostPort}`,
      `[::ffff:127.0.0.1]:${hostPort}`,
      `0.0.0.0:${hostPort}`,
      `127.0.0.1.:${hostPort}`,
      `127.0.0.1@169.254.169.254:${namedPort}`,
      `127.0.0.1%00:${namedPort}`,
      "169.254.169.254:80",
      "172.17.0.1:80",
      "example.org:443",
      `127.0.0.1:${namedPort}0`,
      `127.0.0.1:+${namedPort}`,
      "127.0.0.1",
    ];
    const text = `${through}answer = {target: status(target) for target in ${JSON.stringify([`127.0.0.1:${namedPort}`, ...others])}}`;
    const { [`127.0.0.1:${namedPort}`]: allowed, ...refused } = await ask(instance, words, {
      script: text,
      table: table(),
      project,
    });
    named.close();
    expect(allowed).toBe("200");
    expect(Object.keys(refused)).toHaveLength(others.length);
    expect(Object.entries(refused).filter(([, status]) => !/^(400|403|closed)$/.test(status))).toEqual([]);
    expect(callers).toBe(0);
  });

  test("reaches no other by plain requests, by another Host header, by a path to a Unix socket, or by a redirect of words", async () => {
    const requests = [
      `GET http://127.0.0.1:${hostPort}/ HTTP/1.1\r\nhost: 127.0.0.1:${namedPort}`,
      `GET http://169.254.169.254/latest/meta-data/ HTTP/1.1\r\nhost: 127.0.0.1:${namedPort}`,
      `GET http://127.0.0.1:${namedPort}@127.0.0.1:${hostPort}/ HTTP/1.1\r\nhost: x`,
      `GET http://127.0.0.1:${hostPort}#@127.0.0.1:${namedPort}/ HTTP/1.1\r\nhost: x`,
      `GET unix:/var/run/docker.sock HTTP/1.1\r\nhost: x`,
      `GET file:///etc/passwd HTTP/1.1\r\nhost: x`,
      `GET / HTTP/1.1\r\nhost: 127.0.0.1:${hostPort}`,
      `CONNECT 127.0.0.1:${hostPort} HTTP/1.1\r\nhost: 127.0.0.1:${namedPort}`,
      `CONNECT 127.0.0.1:${namedPort}\t127.0.0.1:${hostPort} HTTP/1.1\r\nhost: x`,
    ];
    const text = `
def raw(text):
    with socket.create_connection(("127.0.0.1", 3128), 20) as s:
        s.sendall(text.encode() + b"\\r\\nconnection: close\\r\\n\\r\\n")
        with s.makefile("rb") as reply: line = reply.readline().decode()
        return line.split(" ")[1] if line else "closed"
answer = {text: raw(text) for text in ${JSON.stringify(requests)}}`;
    const got = await ask(instance, words, { script: text, table: table(), project });
    expect(Object.keys(got)).toHaveLength(requests.length);
    expect(Object.entries(got).filter(([, status]) => !/^(4\d\d|closed)$/.test(status))).toEqual([]);
    expect(callers).toBe(0);
  });
});

test("all of it changed nothing on the host, and everybody else goes on", async () => {
  expect(await watch.changes()).toEqual([]);
});
