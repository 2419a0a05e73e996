// A line protocol over TCP, server and client inside the box, with messages that are told apart by their kind.
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { createInterface } from "node:readline";

type Message = { kind: "add"; a: number; b: number } | { kind: "shout"; text: string } | { kind: "end" };

function answer(message: Message): string {
  switch (message.kind) {
    case "add":
      return String(message.a + message.b);
    case "shout":
      return message.text.toUpperCase();
    case "end":
      return "bye";
    default:
      return message satisfies never;
  }
}

const server = createServer(async (socket) => {
  for await (const line of createInterface({ input: socket })) socket.write(`${answer(JSON.parse(line))}\n`);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const isAddress = (value: AddressInfo | string | null): value is AddressInfo =>
  typeof value === "object" && value !== null;
const address = server.address();
if (!isAddress(address)) throw new Error("no port");

const client = connect(address.port, "127.0.0.1");
const messages: Message[] = [{ kind: "add", a: 2, b: 40 }, { kind: "shout", text: "grüße" }, { kind: "end" }];
for (const message of messages) client.write(`${JSON.stringify(message)}\n`);
client.end();
for await (const line of createInterface({ input: client })) console.log(line);
server.close();
