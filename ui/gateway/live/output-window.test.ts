import { describe, expect, test } from "vitest";
import { OutputWindow, windowBytes } from "./output-window.ts";

async function hasRoom(window: OutputWindow): Promise<boolean> {
  return Promise.race([
    window.room().then(() => true),
    new Promise<boolean>((resolve) => setImmediate(resolve, false)),
  ]);
}

describe("OutputWindow", () => {
  test("is full at its bytes, and has room again when a piece was acknowledged", async () => {
    const window = new OutputWindow();
    const first = window.take(windowBytes / 2);
    expect(await hasRoom(window)).toBe(true);
    window.take(windowBytes / 2);
    expect(await hasRoom(window)).toBe(false);
    first();
    expect(await hasRoom(window)).toBe(true);
  });

  test("acknowledging twice gives no more room than once", async () => {
    const window = new OutputWindow();
    const first = window.take(1);
    window.take(windowBytes);
    first();
    first();
    expect(await hasRoom(window)).toBe(false);
  });

  test("is full at so many pieces, however small", async () => {
    const window = new OutputWindow();
    for (let count = 0; count < 256; count += 1) window.take(1);
    expect(await hasRoom(window)).toBe(false);
  });

  test("closing lets go of who waits", async () => {
    const window = new OutputWindow();
    window.take(windowBytes);
    const waiting = window.room();
    window.close();
    await expect(waiting).resolves.toBeUndefined();
  });
});
