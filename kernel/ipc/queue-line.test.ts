import fc from "fast-check";
import { expect, test } from "vitest";
import { QueueLine } from "./queue-line.ts";

const ids = (line: QueueLine<{ id: number }>): number[] => line.all().map(({ id }) => id);

test("whoever waits goes by age, however they came", () => {
  const batches = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 8 }), { maxLength: 12 });
  fc.assert(
    fc.property(batches, fc.infiniteStream(fc.nat(5)), (added, takes) => {
      const line = new QueueLine<{ id: number }>();
      let known: number[] = [];
      for (const batch of added) {
        const fresh = batch.filter((id) => !known.includes(id));
        line.add(fresh.map((id) => ({ id })));
        known = [...known, ...fresh].toSorted((a, b) => a - b);
        expect(ids(line)).toEqual(known);
        for (let left = takes.next().value ?? 0; left > 0; left -= 1) expect(line.shift()?.id).toBe(known.shift());
        expect([line.length, line.first?.id]).toEqual([known.length, known[0]]);
      }
    }),
  );
});

test("a long line is taken from as fast as a short one, and what was taken is let go", () => {
  const line = new QueueLine<{ id: number }>();
  for (let id = 1; id <= 100_000; id += 1) line.add([{ id }]);
  for (let id = 1; id <= 99_999; id += 1) expect(line.shift()?.id === id).toBe(true);
  line.add([{ id: 5 }, { id: 3 }]);
  line.keep(({ id }) => id !== 5);
  expect(ids(line)).toEqual([3, 100_000]);
});
