// Stable sorts by several keys, numbers as numbers, words as people sort them.
import { createInterface } from "node:readline";

const rows = [];
for await (const line of createInterface({ input: process.stdin })) {
  const [name, count] = line.split(" ");
  rows.push({ name, count: Number(count) });
}
const show = (list) => console.log(list.map(({ name, count }) => `${name}:${count}`).join(" "));
show(rows.toSorted((a, b) => b.count - a.count));
show(rows.toSorted((a, b) => a.count - b.count || a.name.localeCompare(b.name)));
console.log([10, 9, 1].sort(), Float64Array.of(10, 9, 1).sort().join());
console.log(["zebra", "Äpfel", "apfel", "Zoo"].sort(new Intl.Collator("de").compare).join());
console.log(["file10", "file2"].sort(new Intl.Collator("en", { numeric: true }).compare).join());
