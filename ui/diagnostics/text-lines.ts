/**
 * Output as lines that a parser can read: without colours, cursor movements and other characters that are not seen, and
 * none longer than `lineLimit`. Linear in the text, whatever is in it.
 */

export const lineLimit = 2000;

/** ECMA-48: control sequences, and strings up to their end or to the next escape. */
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g;
/** Controls but tab and newline, and what turns the direction of reading around. */
const unseen = /[\0-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

export function textLines(text: string): string[] {
  const plain = text
    .replaceAll(sequences, "")
    .replaceAll(/\r\n?|[\u2028\u2029]/g, "\n")
    .replaceAll(unseen, "");
  return plain.split("\n").map((line) => (line.length > lineLimit ? line.slice(0, lineLimit) : line).trimEnd());
}
