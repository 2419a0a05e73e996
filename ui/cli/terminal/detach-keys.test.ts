import { describe, expect, it } from "vitest";
import { DetachKeys, parseDetachKeys, usualDetachKeys } from "./detach-keys.ts";

/** What passed, piece by piece, and whether it detached. */
function typed(keys: readonly number[], ...pieces: string[]): string[] {
  const detachKeys = new DetachKeys(keys);
  return pieces.map((piece) => {
    const { data, detach } = detachKeys.take(Buffer.from(piece, "latin1"));
    return `${Buffer.from(data).toString("latin1")}${detach ? "!" : ""}`;
  });
}

describe("the keys that detach", () => {
  it("are ctrl-p ctrl-q, in one piece or in two", () => {
    expect(typed(usualDetachKeys, "ab\x10\x11cd")).toEqual(["ab!"]);
    expect(typed(usualDetachKeys, "ab\x10", "\x11cd")).toEqual(["ab", "!"]);
  });

  it("that are only begun pass on with the next key, in their order", () => {
    expect(typed(usualDetachKeys, "\x10", "a")).toEqual(["", "\x10a"]);
    expect(typed(usualDetachKeys, "\x10\x10\x11")).toEqual(["\x10!"]);
    expect(typed(usualDetachKeys, "\x11\x10", "\x10", "\x10", "x\x11")).toEqual(["\x11", "\x10", "\x10", "\x10x\x11"]);
  });

  it("that begin again within themselves are found", () => {
    const keys = [...Buffer.from("aab")];
    expect(typed(keys, "aaab")).toEqual(["a!"]);
    expect(typed(keys, "aacaab")).toEqual(["aac!"]);
  });

  it("are none when there are none, and every byte passes on", () => {
    const every = String.fromCharCode(...Array.from({ length: 256 }, (_, byte) => byte));
    expect(typed([], every)).toEqual([every]);
    expect(typed([0xff, 0xff], every, "x")).toEqual([every.slice(0, -1), "\xffx"]);
  });

  it.each([
    ["ctrl-p,ctrl-q", [16, 17]],
    ["ctrl-],x", [29, 120]],
    ["ctrl-@", [0]],
    ["none", []],
  ])("are written %s", (text, keys) => expect(parseDetachKeys(text)).toEqual(keys));

  it.each(["", "ctrl-", "ctrl-P", "ctrl-pq", "a,,b", "ab", "ctrl-1", "é"])("are not written %j", (text) => {
    expect(parseDetachKeys(text)).toBeUndefined();
  });
});
