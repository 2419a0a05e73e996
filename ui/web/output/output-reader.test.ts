import { expect, test } from "vitest";
import { pidSchema } from "../../../kernel/abi/index.ts";
import type { Fault, Outcome } from "../../../kernel/abi/index.ts";
import { OutputReader } from "./output-reader.ts";
import type { OutputPort } from "./output-reader.ts";

const pid = pidSchema.parse(7);

/** A socket whose other end is the test. */
class FakePort implements OutputPort {
  connected = true;
  readonly sent: unknown[][] = [];
  readonly acked: number[] = [];
  readonly #listeners = new Map<string, Set<(...message: never[]) => void>>();

  on(name: string, listener: (...message: never[]) => void): void {
    const all = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, all.add(listener));
  }
  off(name: string, listener: (...message: never[]) => void): void {
    this.#listeners.get(name)?.delete(listener);
  }
  emit(...message: unknown[]): void {
    this.sent.push(message);
  }
  /** What the server sends. */
  receive(name: string, ...message: unknown[]): void {
    for (const listener of new Set(this.#listeners.get(name))) listener(...(message as never[]));
  }
  output(offset: number, text: string): void {
    this.receive("output", pid, "stdout", offset, new TextEncoder().encode(text).buffer, () => this.acked.push(offset));
  }
  answer(value: unknown): void {
    const open = this.sent.findLast(([name]) => name === "output_open");
    const ack = open?.[2];
    if (typeof ack !== "function") throw new Error("nothing was opened");
    ack(value);
  }
  get opened(): unknown[] {
    return this.sent.filter(([name]) => name === "output_open").map(([, request]) => request);
  }
}

function read(port: FakePort) {
  const seen = {
    text: "",
    dropped: 0,
    outcome: undefined as Outcome | undefined,
    fault: undefined as Fault | undefined,
  };
  const pending: (() => void)[] = [];
  const reader = new OutputReader(port, pid, {
    write: (_stream, data, taken) => {
      seen.text += new TextDecoder().decode(data);
      pending.push(taken);
    },
    gap: (dropped) => (seen.dropped += dropped),
    end: (outcome) => (seen.outcome = outcome),
    fault: (fault) => (seen.fault = fault),
  });
  return { reader, seen, pending };
}

test("after a lost connection reading goes on at the offsets reached", () => {
  const port = new FakePort();
  const { seen } = read(port);
  port.answer({ ok: true });
  port.output(0, "hello ");
  port.receive("connect");
  port.answer({ ok: true });
  port.output(6, "world");
  expect(port.opened).toEqual([
    { pid, stdout: 0, stderr: 0 },
    { pid, stdout: 6, stderr: 0 },
  ]);
  expect(seen.text).toBe("hello world");
});

test("a piece is acknowledged when the sink has taken it and not before", () => {
  const port = new FakePort();
  const { pending } = read(port);
  port.answer({ ok: true });
  port.output(0, "a");
  expect(port.acked).toEqual([]);
  for (const taken of pending) taken();
  expect(port.acked).toEqual([0]);
});

test("what still arrives of an earlier subscription is acknowledged and not shown", () => {
  const port = new FakePort();
  const { seen } = read(port);
  port.output(500, "stale");
  port.answer({ ok: true });
  port.output(0, "fresh");
  expect(seen.text).toBe("fresh");
  expect(port.acked).toEqual([500]);
  expect(port.opened).toHaveLength(1);
});

test("a hole makes it read again from where it was", () => {
  const port = new FakePort();
  const { seen } = read(port);
  port.answer({ ok: true });
  port.output(0, "ab");
  port.output(3, "d");
  expect(port.opened).toEqual([
    { pid, stdout: 0, stderr: 0 },
    { pid, stdout: 2, stderr: 0 },
  ]);
  port.answer({ ok: true });
  port.output(2, "cd");
  expect(seen.text).toBe("abcd");
});

test("dropped output is reported with its size and reading goes on after it", () => {
  const port = new FakePort();
  const { seen } = read(port);
  port.answer({ ok: true });
  port.receive("output_gap", pid, 100, 0);
  port.output(100, "tail");
  expect(seen).toMatchObject({ text: "tail", dropped: 100 });
});

test("output of another process is not taken", () => {
  const port = new FakePort();
  const { seen } = read(port);
  port.receive("output", pidSchema.parse(8), "stdout", 0, new ArrayBuffer(3), () => undefined);
  expect(seen.text).toBe("");
});

test("the end is told once, and nothing is asked of the server afterwards", () => {
  const port = new FakePort();
  const { reader, seen } = read(port);
  port.answer({ ok: true });
  port.receive("output_end", pid, { kind: "code", code: 3 });
  port.receive("connect");
  reader.dispose();
  expect(seen.outcome).toEqual({ kind: "code", code: 3 });
  expect(port.sent).toHaveLength(1);
});

test("a refusal is told as the fault that it is", () => {
  const port = new FakePort();
  const { seen } = read(port);
  port.answer({ fault: { code: "not_found", message: "no process 7", hint: "" } });
  expect(seen.fault?.message).toBe("no process 7");
});

test("a reader that is disposed of closes its subscription", () => {
  const port = new FakePort();
  read(port).reader.dispose();
  expect(port.sent.at(-1)).toEqual(["output_close", pid]);
});
