import { expect, test } from "vitest";
import { endFrame, frameHeader, gapFrame } from "../../../kernel/abi/frame.ts";
import { wholeStdout } from "./whole-stdout.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const written = (stream: "stdout" | "stderr", data: Uint8Array): Uint8Array[] => [
  frameHeader(stream, data.length),
  data,
];
const end = endFrame(bytes('{"kind":"code","code":0}'));
const join = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

async function* pieces(parts: readonly Uint8Array[], size = 1000): AsyncGenerator<Uint8Array> {
  const all = join(parts);
  for (let at = 0; at < all.length; at += size) yield await Promise.resolve(all.slice(at, at + size));
}

test("standard output is put together without standard error, however it is cut", async () => {
  const parts = [
    ...written("stdout", bytes("ü").slice(0, 1)),
    ...written("stderr", bytes("warning")),
    ...written("stdout", bytes("ü漢").slice(1)),
    end,
  ];
  for (const size of [1, 3, 1000]) expect(await wholeStdout(pieces(parts, size), { limitBytes: 100 })).toBe("ü漢");
});

test("output that is longer than the limit is not read to its end", async () => {
  const parts = [...written("stdout", bytes("abc")), end];
  expect(await wholeStdout(pieces(parts), { limitBytes: 3 })).toBe("abc");
  let taken = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      taken += 1;
      yield await Promise.resolve(join(written("stdout", bytes("abc"))));
    }
  }
  expect(await wholeStdout(endless(), { limitBytes: 7 })).toBeNull();
  expect(taken).toBe(3);
});

test("output of which some was dropped is not whole, and errors that were dropped do not matter", async () => {
  const after = [...written("stdout", bytes("abc")), end];
  expect(await wholeStdout(pieces([gapFrame(5, 0), ...after]), { limitBytes: 100 })).toBeNull();
  expect(await wholeStdout(pieces([gapFrame(0, 0), ...after]), { limitBytes: 100 })).toBeNull();
  expect(await wholeStdout(pieces([gapFrame(0, 9), ...after]), { limitBytes: 100 })).toBe("abc");
});

test("output without its end is not whole", async () => {
  expect(await wholeStdout(pieces(written("stdout", bytes("abc"))), { limitBytes: 100 })).toBeNull();
});

test("what is there so far is told as it comes", async () => {
  const parts = [...written("stdout", bytes("abc")), ...written("stdout", bytes("d")), end];
  const told: string[] = [];
  await wholeStdout(pieces(parts, 8), { limitBytes: 100, onMore: (output) => void told.push(output) });
  expect([...new Set(told)].slice(-2)).toEqual(["abc", "abcd"]);
});
