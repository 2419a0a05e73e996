// Sorts by keys that the compiler knows, stable, ascending or not.
import { createInterface } from "node:readline";

interface Fruit {
  name: string;
  count: number;
}
type Key<T> = { [K in keyof T]: T[K] extends string | number ? K : never }[keyof T];

const by =
  <T extends object>(...keys: readonly (Key<T> | { down: Key<T> })[]) =>
  (a: T, b: T): number => {
    for (const entry of keys) {
      const key: keyof T = typeof entry === "object" ? entry.down : entry;
      const way = typeof entry === "object" ? -1 : 1;
      if (a[key] < b[key]) return -way;
      if (a[key] > b[key]) return way;
    }
    return 0;
  };

const fruits: Fruit[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  const [name = "", count = "0"] = line.split(" ");
  fruits.push({ name, count: Number(count) });
}
const show = (list: readonly Fruit[]): void => console.log(list.map(({ name, count }) => `${name}:${count}`).join(" "));
show(fruits.toSorted(by<Fruit>({ down: "count" })));
show(fruits.toSorted(by<Fruit>("count", "name")));
show(fruits.toSorted(by<Fruit>({ down: "name" }, "count")));
