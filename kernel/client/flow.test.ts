import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pidSchema } from "../abi/index.ts";
import { KernelClient } from "./kernel-client.ts";

let folder: string;
let server: Server;
let client: KernelClient;
let answer: (request: IncomingMessage, response: ServerResponse) => unknown;

const request = { pid: pidSchema.parse(7), stdout: 0, stderr: 0, follow: true };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "superos-flow-"));
  server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  const socketPath = join(folder, "kernel.sock");
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  client = new KernelClient({ socketPath });
});
afterEach(() => {
  client.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

describe("a flow", () => {
  test("asks as a call does, and brings every byte in order, however it is cut", async () => {
    let asked: unknown;
    answer = async (incoming, outgoing) => {
      asked = [incoming.method, incoming.url, incoming.headers["superos-session"], JSON.parse(await text(incoming))];
      outgoing.writeHead(200);
      outgoing.write("a");
      for (let index = 0; index < 400; index += 1) {
        outgoing.write(Buffer.alloc(3001, index));
        if (index % 50 === 0) await sleep(1);
      }
      outgoing.end("z");
    };
    const flow = await client.openFlow("output", request, { session: "s" });
    const parts: Buffer[] = [];
    await flow.run((data) => {
      parts.push(Buffer.from(data));
      return true;
    });
    expect(asked).toEqual(["POST", "/v1/output", "s", request]);
    const all = Buffer.concat([
      Buffer.from("a"),
      ...Array.from({ length: 400 }, (_, index) => Buffer.alloc(3001, index)),
      Buffer.from("z"),
    ]);
    expect(Buffer.concat(parts).equals(all)).toBe(true);
  });

  test("waits for as long as whoever takes it wants no more", async () => {
    let written = 0;
    answer = async (_incoming, outgoing) => {
      outgoing.writeHead(200);
      for (; written < 400; written += 1)
        if (!outgoing.write(Buffer.alloc(65_536))) await new Promise((resolve) => outgoing.once("drain", resolve));
      outgoing.end();
    };
    const flow = await client.openFlow("output", request);
    let bytes = 0;
    const run = flow.run((data) => {
      bytes += data.length;
      return false;
    });
    for (let before = -1; before !== written; await sleep(50)) before = written;
    expect(written).toBeLessThan(40);
    const going = setInterval(() => flow.resume(), 0);
    await run;
    clearInterval(going);
    expect(bytes).toBe(400 * 65_536);
  });

  test("is refused with the kernel's own fault, and is unavailable where there is no kernel", async () => {
    answer = (_incoming, outgoing) =>
      outgoing.writeHead(404).end(JSON.stringify({ fault: { code: "not_found", message: "no process 7", hint: "h" } }));
    await expect(client.openFlow("output", request)).rejects.toMatchObject({
      code: "not_found",
      message: "no process 7",
    });
    const nobody = new KernelClient({ socketPath: join(folder, "none.sock") });
    await expect(nobody.openFlow("output", request)).rejects.toMatchObject({ code: "unavailable" });
  });

  test("that is cut off, before or after the kernel agreed, is unavailable", async () => {
    answer = (incoming) => incoming.destroy();
    await expect(client.openFlow("output", request)).rejects.toMatchObject({ code: "unavailable" });
    answer = (_incoming, outgoing) => outgoing.writeHead(200).end("a");
    const whole = await client.openFlow("output", request);
    await expect(whole.run(() => true)).resolves.toBeUndefined();
  });

  test("ends with what whoever takes it throws, and when it is destroyed", async () => {
    answer = (_incoming, outgoing) => void outgoing.writeHead(200).write("a");
    const thrown = await client.openFlow("output", request);
    await expect(
      thrown.run(() => {
        throw new Error("not a frame");
      }),
    ).rejects.toThrow("not a frame");
    const destroyed = await client.openFlow("output", request);
    const run = destroyed.run(() => true);
    destroyed.destroy();
    await expect(run).rejects.toMatchObject({ code: "unavailable" });
  });

  test("is given up with its signal", async () => {
    answer = () => undefined;
    const signal = AbortSignal.timeout(20);
    await expect(client.openFlow("output", request, { signal })).rejects.toMatchObject({ name: "AbortError" });
  });
});
