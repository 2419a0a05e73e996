import { Socket } from "node:net";
import { expect, test } from "vitest";
import { Parked } from "./parked.ts";

test("each connection is taken once, the oldest first", async () => {
  using parked = new Parked();
  const [first, second] = [new Socket(), new Socket()];
  parked.add(first);
  parked.add(second);
  expect(await parked.take()).toBe(first);
  expect(await parked.take()).toBe(second);
});

test("one that has gone is not given out", async () => {
  using parked = new Parked();
  const [gone, live] = [new Socket(), new Socket()];
  parked.add(gone);
  parked.add(live);
  gone.destroy();
  expect(await parked.take()).toBe(live);
});

test("whoever waits gets the next one, in turn", async () => {
  using parked = new Parked();
  const waiting = [parked.take(), parked.take()];
  const sockets = [new Socket(), new Socket()];
  for (const socket of sockets) parked.add(socket);
  expect(await Promise.all(waiting)).toEqual(sockets);
});

test("of very many only some are kept, and at the end none is", async () => {
  const parked = new Parked();
  const sockets = Array.from({ length: 40 }, () => new Socket());
  for (const socket of sockets) parked.add(socket);
  expect(sockets.filter((socket) => !socket.destroyed)).toHaveLength(16);
  for (let taken = 0; taken < 16; taken += 1) await parked.take();
  const waiting = parked.take();
  parked[Symbol.dispose]();
  expect(await waiting).toBeUndefined();
  const late = new Socket();
  parked.add(late);
  expect(late.destroyed).toBe(true);
  expect(await parked.take()).toBeUndefined();
});
