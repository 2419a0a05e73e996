import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Inside } from "../kernel/inside.ts";
import { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";
import { inspect, restartsOf } from "../system/caller.ts";
import { intruder } from "./door-inside.ts";
import { open, wire } from "./door-wire.ts";

/**
 * HTTP that can be read in two ways, so that one end sees a request where the other sees a body: at the gateway with
 * somebody's token in the inner request, and at a process's own socket. Tried here: both lengths, chunks twice, chunked
 * by another name, a line folded, line ends of one byte, a space before a colon, sizes that are none, an address of
 * another host, a NUL, other protocols.
 */

let instance: Instance;
let box: Inside;

beforeAll(async () => {
  instance = await Instance.start();
  box = await intruder(instance, {
    table: ["MEM:256Mi", "CPU:1", "PIDS:64", "PROC_SIGNAL", "NET_BIND:localhost:8000"],
  });
});
afterAll(() => instance?.remove());

const undo: (() => unknown)[] = [];
async function nobodyNoticed(): Promise<void> {
  expect(instance.kernel.exitCode).toBe(null);
  expect(await restartsOf(instance)).toEqual({ policy: 0, gateway: 0, egress: 0 });
  expect((await inspect(instance, box.pid)).state.phase).toBe("running");
}
afterEach(async () => {
  for (const step of undo.splice(0)) await step();
  await nobodyNoticed();
});

const host = (): string => `Host: 127.0.0.1:${instance.port}`;
const token = (): string => `Authorization: Bearer ${instance.token}`;
const tokensNamed = async (name: string): Promise<number> => {
  const schema = z.object({ tokens: z.array(z.object({ name: z.string() })) });
  const { tokens } = schema.parse(await (await instance.api("/api/v1/tokens")).json());
  return tokens.filter((each) => each.name === name).length;
};

describe("a request inside of another", () => {
  const inner = (): string => {
    const body = '{"name":"smuggled"}';
    return `POST /api/v1/tokens HTTP/1.1\r\n${host()}\r\n${token()}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  const outer = (...lines: string[]): string =>
    `POST /api/v1/session HTTP/1.1\r\n${host()}\r\n${lines.join("\r\n")}\r\n\r\n`;

  test.each<[what: string, bytes: () => string]>([
    ["a length and chunks", () => `${outer("Content-Length: 4", "Transfer-Encoding: chunked")}0\r\n\r\n${inner()}`],
    ["chunks and a length", () => `${outer("Transfer-Encoding: chunked", "Content-Length: 4")}0\r\n\r\n${inner()}`],
    ["two lengths", () => `${outer("Content-Length: 0", "Content-Length: 4")}${inner()}`],
    ["a length of two numbers", () => `${outer("Content-Length: 0, 4")}${inner()}`],
    ["a length with a sign", () => `${outer("Content-Length: +0")}${inner()}`],
    ["a length in hexadecimal", () => `${outer("Content-Length: 0x0")}${inner()}`],
    ["chunks by another name", () => `${outer("Transfer-Encoding: xchunked", "Content-Length: 0")}${inner()}`],
    ["chunks twice", () => `${outer("Transfer-Encoding: chunked, identity")}0\r\n\r\n${inner()}`],
    ["chunks behind a tab", () => `${outer("Transfer-Encoding:\x0bchunked")}0\r\n\r\n${inner()}`],
    ["a space before the colon", () => `${outer("Transfer-Encoding : chunked", "Content-Length: 0")}${inner()}`],
    [
      "a folded line",
      () => `${outer("X: y\r\n Transfer-Encoding: chunked", "Content-Length: 0", "Bad Header")}${inner()}`,
    ],
    [
      "a chunk's size too large for any number",
      () => `${outer("Transfer-Encoding: chunked")}FFFFFFFFFFFFFFFFF\r\n${inner()}`,
    ],
    ["a chunk's size that is none", () => `${outer("Transfer-Encoding: chunked")}0x0\r\n\r\n${inner()}`],
    ["a chunk's extension with a line end", () => `${outer("Transfer-Encoding: chunked")}0;\n\r\n\r\n${inner()}`],
    ["line ends of one byte", () => `${outer("Content-Length: 0").replaceAll("\r\n", "\n")}${inner()}`],
    ["a carriage return alone", () => `${outer("X: y\rContent-Length: 0")}${inner()}`],
    ["a NUL in a header", () => `${outer("X: \0", "Content-Length: 0")}${inner()}`],
    [
      "an address of another host",
      () => `GET http://evil.example/ HTTP/1.1\r\n${host()}\r\nConnection: close\r\n\r\n${inner()}`,
    ],
    ["two hosts", () => `GET / HTTP/1.1\r\n${host()}\r\nHost: evil.example\r\nConnection: close\r\n\r\n${inner()}`],
    ["another protocol's preface", () => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${inner()}`],
    ["a tunnel", () => `CONNECT 127.0.0.1:${instance.port} HTTP/1.1\r\n${host()}\r\n\r\n${inner()}`],
  ])("is not made where the gateway is told of %s", async (_what, bytes) => {
    const answer = await wire(instance, bytes());
    expect(answer.split("\r\n", 1)[0] ?? "").toMatch(/^(HTTP\/1\.1 4\d\d .*)?$/);
    expect(answer.match(/^HTTP\/1\.1 /gm)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(await tokensNamed("smuggled")).toBe(0);
  });

  test("is made where it stands by itself, so that these tests say something", async () => {
    const plain = `GET /healthz HTTP/1.1\r\n${host()}\r\n\r\n`;
    const socket = open(instance);
    undo.push(() => socket.destroy());
    let answers = "";
    socket.on("data", (chunk: Buffer) => (answers += chunk.toString("latin1")));
    socket.write(`${plain}${inner()}`, "latin1");
    await waitFor("both answers", () => answers.includes("201 Created"));
    expect(await tokensNamed("smuggled")).toBe(1);
  });

  test("is not made at a process's own socket", async () => {
    const smuggled = `POST /v1/signal HTTP/1.1\\r\\nHost: k\\r\\nContent-Length: 0\\r\\n\\r\\n`;
    const heads = [
      "Content-Length: 4\\r\\nTransfer-Encoding: chunked",
      "Content-Length: 0\\r\\nContent-Length: 4",
      "Transfer-Encoding: xchunked\\r\\nContent-Length: 0",
      "Transfer-Encoding : chunked\\r\\nContent-Length: 0",
      "X: \\x00\\r\\nContent-Length: 0",
    ];
    const said = await box.ask(
      z.array(z.string()),
      `answer = [raw(f"POST /v1/self HTTP/1.1\\r\\nHost: k\\r\\n{head}\\r\\n\\r\\n0\\r\\n\\r\\n${smuggled}".encode("latin1"))
  for head in ${JSON.stringify(heads).replaceAll("\\\\", "\\")}]`,
    );
    for (const answer of said) {
      expect(answer).toMatch(/^(HTTP\/1\.1 4|ECONNRESET|EPIPE|$)/);
      expect(answer.match(/^HTTP\/1\.1 /gm)?.length ?? 0).toBeLessThanOrEqual(1);
    }
  });
});
