import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { Pipelining } from "./pipelining.ts";

/** How many of so many requests in one go are looked at, and whether the connection lives on. */
async function sent(requests: number, answer: (response: ServerResponse) => void): Promise<[number, boolean]> {
  const pipelining = new Pipelining();
  const seen: ServerResponse[] = [];
  const server = createServer((request, response) => {
    if (pipelining.refuses(request, response)) return;
    seen.push(response);
    answer(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").on("error", () => undefined);
  const closed = once(socket, "close").then(() => true);
  const all = new Promise<boolean>((resolve) => {
    let answers = "";
    socket.on("data", (chunk: Buffer) => {
      answers += chunk.toString("latin1");
      if (answers.match(/200 OK/g)?.length === requests) resolve(false);
    });
  });
  socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(requests));
  const cut = await Promise.race([closed, all]);
  socket.destroy();
  server.close();
  return [seen.length, cut];
}

test("a few requests in one go are all answered", async () => {
  expect(await sent(20, (response) => setImmediate(() => response.end("x")))).toEqual([20, false]);
});

test("of more that wait, 32 are looked at, and the connection ends", async () => {
  expect(await sent(1000, () => undefined)).toEqual([32, true]);
});
