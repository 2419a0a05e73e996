// Counts words on stdin, most frequent first, then by name.
import { text } from "node:stream/consumers";

const counts = new Map();
for (const word of (await text(process.stdin)).split(/\s+/).filter(Boolean))
  counts.set(word, (counts.get(word) ?? 0) + 1);
const rows = [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
for (const [word, count] of rows) console.log(String(count).padStart(3), word);
