import { expect, test } from "vitest";
import { OutputCursor } from "./output-cursor.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test("bytes in order are handed on and counted per stream", () => {
  const cursor = new OutputCursor();
  expect(cursor.take("stdout", 0, bytes("abc"))).toEqual({ kind: "bytes", data: bytes("abc") });
  expect(cursor.take("stderr", 0, bytes("x"))).toEqual({ kind: "bytes", data: bytes("x") });
  expect(cursor.take("stdout", 3, bytes("d"))).toEqual({ kind: "bytes", data: bytes("d") });
  expect(cursor.offsets).toEqual({ stdout: 4, stderr: 1 });
});

test("bytes that come twice are handed on once", () => {
  const cursor = new OutputCursor();
  cursor.take("stdout", 0, bytes("abcd"));
  expect(cursor.take("stdout", 0, bytes("abcd"))).toEqual({ kind: "repeated" });
  expect(cursor.take("stdout", 2, bytes("cdef"))).toEqual({ kind: "bytes", data: bytes("ef") });
  expect(cursor.offsets.stdout).toBe(6);
});

test("a hole is seen and does not move the cursor", () => {
  const cursor = new OutputCursor();
  cursor.take("stdout", 0, bytes("ab"));
  expect(cursor.take("stdout", 3, bytes("d"))).toEqual({ kind: "hole" });
  expect(cursor.offsets.stdout).toBe(2);
});

test("a gap moves forward only and counts what was never read", () => {
  const cursor = new OutputCursor();
  cursor.take("stdout", 0, bytes("abcd"));
  expect(cursor.gap(10, 5)).toBe(11);
  expect(cursor.offsets).toEqual({ stdout: 10, stderr: 5 });
  expect(cursor.gap(3, 0)).toBe(0);
  expect(cursor.offsets).toEqual({ stdout: 10, stderr: 5 });
  expect(cursor.take("stdout", 10, bytes("k"))).toEqual({ kind: "bytes", data: bytes("k") });
});

test("any way of cutting and repeating a stream gives the stream", () => {
  const whole = "0123456789abcdefghij";
  for (let seed = 1; seed <= 200; seed += 1) {
    const cursor = new OutputCursor();
    let read = "";
    let state = seed;
    const below = (limit: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state >>> 16) % limit;
    };
    while (read.length < whole.length) {
      const from = below(read.length + 3);
      const taken = cursor.take("stdout", from, bytes(whole.slice(from, from + 1 + below(6))));
      if (taken.kind === "bytes") read += new TextDecoder().decode(taken.data);
    }
    expect(read).toBe(whole);
  }
});
