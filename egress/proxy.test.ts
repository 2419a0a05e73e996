import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Egress } from "./egress.ts";
import { type SampleClient, SampleDoor } from "./sample-process.ts";

/** What names resolve to, with a resolver that lies and a way out that notes where it was asked to go. */

const answers = new Map<string, (() => readonly string[] | Promise<readonly string[]>)[]>();
const dialled: string[] = [];
const own = new Set<string>();
let server: Server;
let egress: Egress;
let door: SampleDoor;
let pid = 1;

/** The name's answers, one lookup after the other. */
const resolvesTo = (host: string, ...each: (() => readonly string[] | Promise<readonly string[]>)[]): void =>
  void answers.set(host, each);

async function ask(host: string, ...table: string[]): Promise<SampleClient> {
  pid += 1;
  const allow = table.map((entry, index) => ({ slot: index + 1, capability: `NET_CONNECT:${entry}` }));
  const client = await door.connect({ type: "proxy", pid, allow });
  return client.write(`CONNECT ${host} HTTP/1.1\r\nHost: x\r\n\r\n`);
}

beforeAll(async () => {
  server = createServer((socket) => socket.on("error", () => undefined).resume());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  egress = new Egress({
    log: () => undefined,
    now: Date.now,
    resolve: async (host) => {
      const next = answers.get(host)?.shift();
      if (next === undefined) throw new Error("ENOTFOUND");
      return next();
    },
    connect: (address, wanted) => {
      dialled.push(`${address} ${wanted}`);
      return connect({ host: "127.0.0.1", port: address === "9.9.9.9" ? 1 : port, allowHalfOpen: true });
    },
    ownAddresses: () => own,
  });
  door = await SampleDoor.open((message, socket) => {
    egress.receive(message, socket);
    // A descriptor that came over a channel is not paused; this one was accepted in this process.
    socket.resume();
  });
});

afterAll(async () => {
  egress.close();
  await door.close();
  server.close();
});

describe("a name", () => {
  test("is resolved once and connected to by the address that was checked", async () => {
    dialled.length = 0;
    resolvesTo(
      "rebind.example",
      () => ["93.184.215.14"],
      () => ["127.0.0.1"],
    );
    await (await ask("rebind.example:443", "rebind.example")).until(/200 Connection/);
    expect(dialled).toEqual(["93.184.215.14 443"]);
    const second = await ask("rebind.example:443", "rebind.example");
    expect(await second.untilClosed()).toMatch(/^HTTP\/1\.1 403 .*NET_CONNECT:127\.0\.0\.1:443/s);
    expect(dialled).toEqual(["93.184.215.14 443"]);
  });

  test.each([
    ["169.254.169.254"],
    ["::1"],
    ["::ffff:10.0.0.1"],
    ["fd00:ec2::254"],
    ["64:ff9b::7f00:1"],
    ["fe80::1%eth0"],
    ["not an address"],
  ])("that resolves to %s, alone or among others, is not connected to at all", async (address) => {
    dialled.length = 0;
    for (const all of [[address], ["93.184.215.14", address], [address, "93.184.215.14"]]) {
      resolvesTo("mixed.example", () => all);
      const client = await ask("mixed.example:80", "*");
      expect(await client.untilClosed()).toMatch(/^HTTP\/1\.1 403 /);
    }
    expect(dialled).toEqual([]);
  });

  test("that resolves to a private address is reached where the table names that address, too", async () => {
    dialled.length = 0;
    resolvesTo(
      "db.example",
      () => ["::ffff:10.0.0.5"],
      () => ["10.0.0.5"],
      () => ["10.0.0.5"],
    );
    const client = await ask("db.example:5432", "db.example", "10.0.0.5:5432");
    await client.until(/200 Connection/);
    expect(dialled).toEqual(["10.0.0.5 5432"]);
    egress.receive({ type: "cut", slots: [2], pids: [] }, undefined);
    await client.closed;
    expect(await (await ask("db.example:5432", "db.example", "10.0.0.5:80")).untilClosed()).toMatch(/ 403 /);
    expect(await (await ask("db.example:5432", "10.0.0.5:5432")).untilClosed()).toMatch(/ 403 /);
  });

  test("that resolves to this machine's own address is refused, whatever its range", async () => {
    own.add("93.184.215.99");
    resolvesTo(
      "self.example",
      () => ["93.184.215.99"],
      () => ["93.184.215.99"],
    );
    expect(await (await ask("self.example:22", "*")).untilClosed()).toMatch(/ 403 .*NET_CONNECT:93\.184\.215\.99:22/s);
    await (await ask("self.example:22", "*", "93.184.215.99:22")).until(/200 Connection/);
  });

  test("with several addresses is tried at one after the other", async () => {
    dialled.length = 0;
    resolvesTo("many.example", () => ["9.9.9.9", "2606:4700::1", "9.9.9.9"]);
    await (await ask("many.example:80", "*")).until(/200 Connection/);
    expect(dialled).toEqual(["9.9.9.9 80", "2606:4700::1 80"]);
  });

  test("whose slot is taken away while it is resolved is not connected to", async () => {
    dialled.length = 0;
    for (const message of [
      { type: "cut", slots: [1], pids: [] },
      { type: "allow", allow: [] },
    ]) {
      const asked = Promise.withResolvers<void>();
      const answer = Promise.withResolvers<readonly string[]>();
      resolvesTo("slow.example", () => {
        asked.resolve();
        return answer.promise;
      });
      const client = await ask("slow.example:80", "slow.example");
      await asked.promise;
      egress.receive(message.type === "allow" ? { ...message, pid } : message, undefined);
      answer.resolve(["93.184.215.14"]);
      expect(await client.untilClosed()).toMatch(/ 403 /);
    }
    expect(dialled).toEqual([]);
  });

  test("that a process which ended had asked for is not connected to", async () => {
    dialled.length = 0;
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<readonly string[]>();
    resolvesTo("slow.example", () => {
      asked.resolve();
      return answer.promise;
    });
    const client = await ask("slow.example:80", "slow.example");
    await asked.promise;
    egress.receive({ type: "cut", slots: [], pids: [pid] }, undefined);
    expect(await client.untilClosed()).toBe("");
    answer.resolve(["93.184.215.14"]);
    await new Promise(setImmediate);
    expect(dialled).toEqual([]);
  });
});
