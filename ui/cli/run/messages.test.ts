import { describe, expect, it } from "vitest";
import { batchesOf, parseMessage } from "./messages.ts";

async function batches(chunks: readonly (string | Uint8Array)[], text = false): Promise<unknown[][]> {
  async function* source() {
    yield* chunks;
  }
  const all: unknown[][] = [];
  for await (const batch of batchesOf(source(), { text })) all.push(batch);
  return all;
}

describe("a message", () => {
  it("is JSON, or with --text the text itself", () => {
    expect(parseMessage('{"page": 1}', { text: false, what: "the message" })).toEqual({ page: 1 });
    expect(parseMessage("7", { text: true, what: "the message" })).toBe("7");
    expect(() => parseMessage("hello", { text: false, what: "the message" })).toThrow("the message is not JSON");
    expect(() => parseMessage("x".repeat(1 << 20), { text: true, what: "the message" })).toThrow("longer");
  });
});

describe("lines of messages", () => {
  it("are sent as each chunk completes them, whatever it cuts through", async () => {
    const euro = Buffer.from('"€"\n');
    expect(await batches(["1\n2", "3\n\n", euro.subarray(0, 2), euro.subarray(2), '{"n":4}'])).toEqual([
      [1],
      [23],
      ["€"],
      [{ n: 4 }],
    ]);
  });

  it("are at most a thousand at once, and at most so many bytes", async () => {
    expect((await batches(["1\n".repeat(2500)])).map((batch) => batch.length)).toEqual([1000, 1000, 500]);
    const large = `${"x".repeat(200_000)}\n`;
    expect((await batches([large.repeat(7)], true)).map((batch) => batch.length)).toEqual([5, 2]);
  });

  it("name the one that is not JSON", async () => {
    await expect(batches(["1\n\nx\n"])).rejects.toThrow("line 3 is not JSON");
  });

  it("end with CR LF or LF", async () => {
    expect(await batches(["a\r\nb\n"], true)).toEqual([["a", "b"]]);
  });
});
