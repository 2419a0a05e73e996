// Characters, code points, code units and bytes of text on stdin differ, and nothing is lost on the way out.
import { text } from "node:stream/consumers";

type Measure = Record<"graphemes" | "points" | "units" | "bytes", number>;

function measure(line: string): Measure {
  const segments = [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(line)];
  return { graphemes: segments.length, points: [...line].length, units: line.length, bytes: Buffer.byteLength(line) };
}

const line = (await text(process.stdin)).trimEnd();
console.log(line);
console.log(measure(line));
const ünïcöde: string = line.normalize("NFC").toUpperCase();
console.log(ünïcöde, "\u{1F389}".length, "🎉".codePointAt(0));
