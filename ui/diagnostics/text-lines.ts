/**
 * Output as lines that a parser can read: without colours, cursor movements and other characters that are not seen, and
 * none longer than `lineLimit`, and no more than `linesLimit`. Linear in the text, whatever is in it.
 */

export const lineLimit = 2000;
/** The last ones are kept. */
export const linesLimit = 50_000;

/** ECMA-48: control sequences, and strings up to their end or to the next escape. */
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g;
/** Controls but tab and newline, and what turns the direction of reading around. */
const unseen = /[\0-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

export function textLines(text: string): { lines: string[]; cut: boolean } {
  const plain = text
    .replaceAll(sequences, "")
    .replaceAll(/\r\n?|[\u2028\u2029]/g, "\n")
    .replaceAll(unseen, "");
  const all = plain.split("\n");
  const lines = all.slice(-linesLimit).map((line) => line.slice(0, lineLimit).trimEnd());
  return { lines, cut: all.length > linesLimit };
}
