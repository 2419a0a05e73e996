import { expect, test } from "vitest";
import { pidSchema } from "../../../kernel/abi/index.ts";
import type { Fault } from "../../../kernel/abi/index.ts";
import type { KeysPort } from "./typed-keys.ts";
import { TypedKeys, waitingLimitBytes } from "./typed-keys.ts";

const pid = pidSchema.parse(7);

/** A socket whose other end is the test. */
class FakePort implements KeysPort {
  connected = true;
  readonly acks: (() => void)[] = [];
  sent = "";
  pieces: number[] = [];
  closed = 0;
  readonly #listeners = new Map<string, Set<(...message: never[]) => void>>();

  on(name: string, listener: (...message: never[]) => void): void {
    this.#listeners.set(name, (this.#listeners.get(name) ?? new Set()).add(listener));
  }

  off(name: string, listener: (...message: never[]) => void): void {
    this.#listeners.get(name)?.delete(listener);
  }

  emit(...[name, , data, ack]: [name: string, pid: unknown, data?: Uint8Array, ack?: () => void]): void {
    if (name === "terminal_close") this.closed += 1;
    if (data === undefined || ack === undefined) return;
    this.sent += new TextDecoder().decode(data);
    this.pieces.push(data.length);
    this.acks.push(ack);
  }

  receive(name: string, ...message: unknown[]): void {
    for (const listener of new Set(this.#listeners.get(name))) listener(...(message as never[]));
  }
}

function open(port: FakePort) {
  const faults: Fault[] = [];
  const keys = new TypedKeys(port, pid, (fault) => faults.push(fault));
  return { keys, faults, type: (text: string) => keys.type(new TextEncoder().encode(text)) };
}

const letters = (count: number): string => "abcdefghij".repeat(count / 10);

test("each key is sent at once, in order", () => {
  const port = new FakePort();
  const { type } = open(port);
  for (const key of "ls\r") type(key);
  expect(port.pieces).toEqual([1, 1, 1]);
  expect(port.sent).toBe("ls\r");
});

test("of a paste so much is under way as has acks, in pieces that the server takes, and no byte is lost", () => {
  const port = new FakePort();
  const { type } = open(port);
  const text = letters(100_000);
  type(text);
  expect(port.sent.length).toBeLessThanOrEqual(32 << 10);
  for (let ack = port.acks.shift(); ack !== undefined; ack = port.acks.shift()) ack();
  expect(Math.max(...port.pieces)).toBeLessThanOrEqual(8 << 10);
  expect(port.sent).toBe(text);
});

test("what was typed without a connection, or waited when it was lost, is never sent", () => {
  const port = new FakePort();
  const { type } = open(port);
  type(letters(100_000));
  const before = port.sent.length;
  port.connected = false;
  port.receive("disconnect");
  type("lost");
  port.connected = true;
  for (const ack of port.acks) ack();
  expect(port.sent).toHaveLength(before);
  type("x");
  expect(port.sent.slice(before)).toBe("x");
});

test("a refusal is told, the end of the program is not, and the next key is sent anew", () => {
  const port = new FakePort();
  const { type, faults } = open(port);
  type("a");
  port.receive("terminal_closed", pidSchema.parse(8), { code: "denied", message: "another's", hint: "" });
  port.receive("terminal_closed", pid, { code: "bad_state", message: "it has ended", hint: "" });
  port.receive("terminal_closed", pid, null);
  expect(faults).toEqual([]);
  port.receive("terminal_closed", pid, { code: "denied", message: "not yours", hint: "" });
  expect(faults.map(({ message }) => message)).toEqual(["not yours"]);
  type("b");
  expect(port.sent).toBe("ab");
});

test("a paste that is too large is refused as a whole", () => {
  const port = new FakePort();
  const { keys, faults } = open(port);
  keys.type(new Uint8Array(waitingLimitBytes + 1));
  expect(faults).toHaveLength(1);
  expect(port.pieces).toEqual([]);
});

test("one that is disposed of closes its input, where there is a connection", () => {
  const port = new FakePort();
  open(port).keys.dispose();
  expect(port.closed).toBe(1);
  port.connected = false;
  open(port).keys.dispose();
  expect(port.closed).toBe(1);
});
