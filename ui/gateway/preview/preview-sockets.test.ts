import { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pidSchema, slotIdSchema } from "../../../kernel/abi/index.ts";
import { PreviewSockets } from "./preview-sockets.ts";

const handed = (connection: number, slots: number[] = [7]) => ({
  type: "preview" as const,
  connection,
  pid: pidSchema.parse(12),
  session: pidSchema.parse(5),
  slots: slots.map((slot) => slotIdSchema.parse(slot)),
});
const cut = (slots: number[], pids: number[] = []) => ({
  type: "cut" as const,
  slots: slots.map((slot) => slotIdSchema.parse(slot)),
  pids: pids.map((pid) => pidSchema.parse(pid)),
});

let sockets: PreviewSockets;

beforeEach(() => {
  vi.useFakeTimers();
  sockets = new PreviewSockets();
});
afterEach(() => void vi.useRealTimers());

describe("PreviewSockets", () => {
  test("the two halves of a connection meet, whichever is first", async () => {
    const [first, second] = [new Socket(), new Socket()];
    sockets.hand(handed(1), first);
    const later = sockets.take(2);
    sockets.hand(handed(2), second);
    expect([await sockets.take(1), await later]).toEqual([first, second]);
  });

  test("one that the program closed before it was asked for is told as closed, and no request waits for it", async () => {
    const socket = new Socket();
    sockets.hand(handed(1), socket);
    socket.destroy();
    await expect(sockets.take(1)).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("a connection is taken once", async () => {
    sockets.hand(handed(1), new Socket());
    await sockets.take(1);
    const again = sockets.take(1).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await again).toMatchObject({ code: "unavailable" });
  });

  test("a connection that nobody takes is ended, and one that does not come is unavailable", async () => {
    const socket = new Socket();
    sockets.hand(handed(1), socket);
    const missing = sockets.take(2).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await missing).toMatchObject({ code: "unavailable" });
    expect(socket.destroyed).toBe(true);
    const late = new Socket();
    sockets.hand(handed(2), late);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(late.destroyed).toBe(true);
  });

  test("one that was taken outlives the time for taking it", async () => {
    const socket = new Socket();
    sockets.hand(handed(1), socket);
    await sockets.take(1);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(socket.destroyed).toBe(false);
  });

  test("one that was closed on its way is as one that closes at once", async () => {
    sockets.hand(handed(1), undefined);
    await expect(sockets.take(1)).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test.each([
    ["its slot", cut([7])],
    ["one of its slots", cut([1, 8])],
    ["its process", cut([], [12])],
    ["its session", cut([], [5])],
  ])("%s cuts a connection, taken or not", async (_what, message) => {
    const [taken, parked] = [new Socket(), new Socket()];
    sockets.hand(handed(1, [7, 8]), taken);
    sockets.hand(handed(2, [7, 8]), parked);
    await sockets.take(1);
    sockets.cut(message);
    expect([taken.destroyed, parked.destroyed]).toEqual([true, true]);
  });

  test("what rests on other rights is not cut", () => {
    const socket = new Socket();
    sockets.hand(handed(1), socket);
    sockets.cut(cut([5, 12], [7]));
    expect(socket.destroyed).toBe(false);
  });
});
