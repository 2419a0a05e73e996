// Counts words on stdin, most frequent first, then by name.
import { text } from "node:stream/consumers";

type Row = readonly [word: string, count: number];

function count(words: Iterable<string>): Row[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b));
}

const input: string = await text(process.stdin);
for (const [word, number] of count(input.split(/\s+/).filter(Boolean))) console.log(String(number).padStart(3), word);
