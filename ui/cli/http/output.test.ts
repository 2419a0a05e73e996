import { type AddressInfo } from "node:net";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { endFrame, frameHeader, gapFrame, pidSchema } from "../../../kernel/abi/index.ts";
import { GatewayClient } from "./client.ts";
import { copyOutput } from "./output.ts";

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<GatewayClient> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  // A server that listens on an address has one.
  const { port } = server.address() as AddressInfo;
  return new GatewayClient(() => ({ url: new URL(`http://127.0.0.1:${port}/base`), token: "t", fromFile: false }));
}

function frame(stream: "stdout" | "stderr", text: string): Buffer {
  const data = Buffer.from(text);
  return Buffer.concat([frameHeader(stream, data.length), data]);
}

const ended = endFrame(Buffer.from('{"kind":"code","code":3}'));
const request = { pid: pidSchema.parse(7), follow: true, lossless: true, stoodBefore: true };

function collector() {
  const got = { stdout: "", stderr: "", gaps: 0 };
  return {
    got,
    sink: {
      write: async (stream: "stdout" | "stderr", data: Uint8Array) => {
        got[stream] += Buffer.from(data).toString();
      },
      gap: async (_stream: "stdout" | "stderr", bytes: number) => {
        got.gaps += bytes;
      },
    },
  };
}

describe("copied output", () => {
  it("is whole and not doubled when the connection breaks in the middle of a frame", async () => {
    const asked: string[] = [];
    const client = await serve((incoming, response) => {
      asked.push(incoming.url ?? "");
      const query = new URL(incoming.url ?? "", "http://x").searchParams;
      response.writeHead(200);
      const rest = (stream: "stdout" | "stderr", text: string): Buffer =>
        frame(stream, text.slice(Number(query.get(stream))));
      const bytes = Buffer.concat([rest("stderr", "abc"), rest("stdout", "0123456789"), ended]);
      if (asked.length > 1) response.end(bytes);
      else response.write(bytes.subarray(0, 17), () => setTimeout(() => response.destroy(), 20));
    });
    const { got, sink } = collector();
    expect(await copyOutput(client, request, sink)).toEqual({ kind: "code", code: 3 });
    expect(got).toEqual({ stdout: "0123456789", stderr: "abc", gaps: 0 });
    expect(asked).toEqual([
      "/base/api/v1/processes/7/output?stdout=0&stderr=0&follow=true&lossless=true",
      "/base/api/v1/processes/7/output?stdout=4&stderr=3&follow=true&lossless=true",
    ]);
  });

  it("goes on from where a gap ends and tells how much was dropped", async () => {
    let calls = 0;
    const client = await serve((incoming, response) => {
      calls += 1;
      if (calls === 1) {
        response.write(Buffer.concat([gapFrame(100, 0), frame("stdout", "xy")]), () =>
          setTimeout(() => response.destroy(), 20),
        );
        return;
      }
      expect(incoming.url).toContain("stdout=102&stderr=0");
      response.end(ended);
    });
    const { got, sink } = collector();
    await copyOutput(client, request, sink);
    expect(got).toEqual({ stdout: "xy", stderr: "", gaps: 100 });
  });

  it("is not asked for again when the sink fails", async () => {
    let calls = 0;
    const client = await serve((_, response) => {
      calls += 1;
      response.end(Buffer.concat([frame("stdout", "x"), ended]));
    });
    const sink = { ...collector().sink, write: () => Promise.reject(new Error("full")) };
    await expect(copyOutput(client, request, sink)).rejects.toThrow("full");
    expect(calls).toBe(1);
  });
});

describe("the gateway's client", () => {
  it("throws the gateway's own fault, and unavailable for what is not SuperOS", async () => {
    const client = await serve((incoming, response) => {
      response.statusCode = 404;
      const fault = { code: "not_found", message: "no process 9", hint: "h" };
      response.end(incoming.url?.endsWith("/9") === true ? JSON.stringify({ fault }) : "<html>");
    });
    await expect(client.tell({ method: "GET", path: "/processes/9" })).rejects.toMatchObject({
      code: "not_found",
      hint: "h",
    });
    await expect(client.tell({ method: "GET", path: "/x" })).rejects.toMatchObject({ code: "unavailable" });
  });

  it("does not wait for a gateway that was never there", async () => {
    const client = new GatewayClient(() => ({ url: new URL("http://127.0.0.1:1"), token: "t", fromFile: false }));
    await expect(copyOutput(client, { ...request, stoodBefore: false }, collector().sink)).rejects.toMatchObject({
      code: "unavailable",
    });
  });
});
