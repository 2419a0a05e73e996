import { describe, expect, test } from "vitest";
import { PieceBuffer, pieceLimitBytes } from "./piece-buffer.ts";

const text = (value: string): Buffer => Buffer.from(value);

describe("a piece buffer", () => {
  test("makes one piece of neighbours, and mixes no two streams", () => {
    const pieces = new PieceBuffer();
    expect(pieces.take()).toBeUndefined();
    expect(pieces.append("stdout", text("one "))).toBe(4);
    expect(pieces.append("stdout", text("two"))).toBe(3);
    expect(pieces.append("stderr", text("three"))).toBe(0);
    expect(pieces.take()).toMatchObject({ stream: "stdout", data: text("one two") });
    expect(pieces.append("stderr", text("three"))).toBe(5);
    expect(pieces.take()).toMatchObject({ stream: "stderr", data: text("three") });
    expect(pieces.take()).toBeUndefined();
  });

  test("takes no more than a piece may hold", () => {
    const pieces = new PieceBuffer();
    const data = Buffer.alloc(pieceLimitBytes + 3, "x");
    expect(pieces.append("stdout", data)).toBe(pieceLimitBytes);
    expect(pieces.append("stdout", data.subarray(pieceLimitBytes))).toBe(0);
    expect(pieces.take()?.data).toHaveLength(pieceLimitBytes);
  });

  test("uses the memory of a piece again once that was released, and not before", () => {
    const pieces = new PieceBuffer();
    const fill = (letter: string) => {
      pieces.append("stdout", Buffer.alloc(pieceLimitBytes, letter));
      return pieces.take();
    };
    const first = fill("a");
    const second = fill("b");
    expect([first?.data[0], second?.data[0]]).toEqual([97, 98]);
    expect(first?.data.buffer).not.toBe(second?.data.buffer);
    first?.release();
    expect(fill("c")?.data.buffer).toBe(first?.data.buffer);
    expect(fill("d")?.data.buffer).not.toBe(second?.data.buffer);
    expect(second?.data.every((byte) => byte === 98)).toBe(true);
  });

  test("a short piece does not hold the memory of a long one", () => {
    const pieces = new PieceBuffer();
    pieces.append("stdout", text("short"));
    const piece = pieces.take();
    pieces.append("stdout", text("other"));
    expect(piece?.data.toString()).toBe("short");
  });
});
