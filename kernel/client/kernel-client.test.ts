import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KernelClient } from "./kernel-client.ts";

let folder: string;
let server: Server | undefined;
let client: KernelClient;

const token = { id: "abcdefghij", name: "ci", createdAt: 1, lastUsedAt: null };

type Listener = (request: IncomingMessage, response: ServerResponse) => unknown;

async function serve(listener: Listener): Promise<void> {
  server = createServer((request, response) => void listener(request, response));
  await new Promise<void>((resolve) => server?.listen(join(folder, "kernel.sock"), resolve));
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kernel-client-"));
  client = new KernelClient({ socketPath: join(folder, "kernel.sock") });
});

afterEach(() => {
  client.close();
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

describe("KernelClient", () => {
  test("a call carries its JSON and its session, and returns the parsed response", async () => {
    let seen: unknown;
    await serve(async (request, response) => {
      const body = (await buffer(request)).toString();
      seen = { url: request.url, method: request.method, session: request.headers["superos-session"], body };
      response.end(JSON.stringify({ token, secret: "s" }));
    });
    await expect(client.call("token_create", { name: "ci" }, { session: "handle" })).resolves.toEqual({
      token,
      secret: "s",
    });
    expect(seen).toEqual({ url: "/v1/token_create", method: "POST", session: "handle", body: '{"name":"ci"}' });
  });

  test("a fault of the kernel is thrown as the same fault", async () => {
    await serve((_request, response) => {
      const fault = { code: "denied", message: "no", hint: "ask", missing: "PROC_SIGNAL" };
      response.writeHead(403).end(JSON.stringify({ fault }));
    });
    await expect(client.call("status", {})).rejects.toMatchObject({
      code: "denied",
      missing: "PROC_SIGNAL",
      hint: "ask",
    });
    await expect(client.openStream("watch", {})).rejects.toMatchObject({ code: "denied" });
  });

  test("a kernel that is not there is unavailable", async () => {
    await expect(client.call("status", {})).rejects.toMatchObject({
      code: "unavailable",
      message: "the kernel does not answer",
    });
  });

  test("a kernel that dies in the middle of a call is unavailable", async () => {
    await serve((request) => request.socket.destroy());
    await expect(client.call("status", {})).rejects.toMatchObject({ code: "unavailable" });
  });

  test("an answer that does not fit its schema is an internal fault, not data", async () => {
    await serve((_request, response) => response.end('{"tokens":[{"id":1}]}'));
    await expect(client.call("token_list", {})).rejects.toMatchObject({ code: "internal" });
  });

  test("a streamed body arrives whole, with its request in a header that holds any text", async () => {
    let seen: unknown;
    await serve(async (request, response) => {
      const header = JSON.parse(decodeURIComponent(String(request.headers["superos-request"])));
      seen = { header, bytes: (await buffer(request)).length };
      response.end('{"version":"v-1"}');
    });
    const body = Readable.from([Buffer.alloc(100_000), Buffer.alloc(200_000)]);
    const request = { project: "abcdefghij", path: "ü/名前.txt" };
    await expect(client.send("file_write", request, { body })).resolves.toEqual({ version: "v-1" });
    expect(seen).toEqual({ header: request, bytes: 300_000 });
  });

  test("a body that is cut off reaches the kernel as cut off, and the caller as invalid", async () => {
    const kernelSaw = Promise.withResolvers<string>();
    await serve((request) => {
      request.on("error", () => kernelSaw.resolve("cut off")).on("end", () => kernelSaw.resolve("whole"));
      request.once("data", () => body.destroy(new Error("gone")));
    });
    const body = new PassThrough();
    body.write("first");
    await expect(client.send("stdin", { pid: 7 }, { body })).rejects.toMatchObject({ code: "invalid" });
    await expect(kernelSaw.promise).resolves.toBe("cut off");
  });

  test("a refusal before the body's end is the fault, and the rest of the body runs out", async () => {
    await serve((request, response) => {
      request.resume();
      response.writeHead(409).end('{"fault":{"code":"conflict","message":"name in use","hint":"h"}}');
    });
    const body = new PassThrough();
    body.write("first");
    await expect(client.send("project_import", { name: "a" }, { body })).rejects.toMatchObject({ code: "conflict" });
    for (let count = 0; count < 64; count += 1) body.write(Buffer.alloc(16_384));
    body.end();
    await new Promise((resolve) => body.once("end", resolve));
    expect(body.destroyed || body.readableEnded).toBe(true);
  });

  test("a call that its caller gives up ends with the caller's abort", async () => {
    const reached = Promise.withResolvers<void>();
    await serve(() => reached.resolve());
    const abort = new AbortController();
    const call = client.call("wait", { pid: 7, timeoutMs: 600_000 }, { signal: abort.signal });
    await reached.promise;
    abort.abort();
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
  });
});
