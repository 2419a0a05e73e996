import { describe, expect, test } from "vitest";
import { pieceLimitBytes, piecesOf } from "./pieces.ts";

const text = (value: string) => new TextEncoder().encode(value);
const shown = (pieces: ReturnType<typeof piecesOf>) =>
  pieces.map((piece) => ("data" in piece ? `${piece.type}:${piece.data.toString()}` : piece.type));

describe("piecesOf", () => {
  test("neighbours of one stream become one piece, and order is kept", () => {
    const pieces = piecesOf([
      { type: "stdout", data: text("a") },
      { type: "stdout", data: text("b") },
      { type: "stderr", data: text("c") },
      { type: "stdout", data: text("d") },
      { type: "gap", stdout: 9, stderr: 9 },
      { type: "stdout", data: text("e") },
    ]);
    expect(shown(pieces)).toEqual(["stdout:ab", "stderr:c", "stdout:d", "gap", "stdout:e"]);
  });

  test("a piece is never larger than its limit, and no byte is lost", () => {
    const pieces = piecesOf([{ type: "stdout", data: new Uint8Array(pieceLimitBytes * 2 + 1) }]);
    expect(pieces.map((piece) => ("data" in piece ? piece.data.length : 0))).toEqual([
      pieceLimitBytes,
      pieceLimitBytes,
      1,
    ]);
  });
});
