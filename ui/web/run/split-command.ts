/**
 * A command line as a person types it, to the argument list that is sent, and back. Pure.
 *
 * Quoting is that of a POSIX shell and nothing more: no variables, no globs, no pipes. What looks like one of those
 * is passed on as the text that it is.
 */
export type Split = { argv: string[] } | { problem: string };

const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;

export function splitCommand(line: string): Split {
  const argv: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < line.length) {
    const char = line.charAt(at);
    at += 1;
    if (char === "'" || char === '"') {
      const read = readQuoted(line, at, char);
      if (read === undefined) return { problem: `the quote ${char} is not closed` };
      word = (word ?? "") + read.text;
      at = read.next;
    } else if (char === "\\") {
      if (at === line.length) return { problem: "the line ends with a backslash" };
      word = (word ?? "") + line.charAt(at);
      at += 1;
    } else if (/\s/.test(char)) {
      if (word !== undefined) argv.push(word);
      word = undefined;
    } else word = (word ?? "") + char;
  }
  if (word !== undefined) argv.push(word);
  return { argv };
}

function readQuoted(line: string, start: number, quote: string): { text: string; next: number } | undefined {
  let text = "";
  for (let at = start; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === quote) return { text, next: at + 1 };
    const next = line.charAt(at + 1);
    if (quote === '"' && char === "\\" && (next === '"' || next === "\\")) {
      text += next;
      at += 1;
    } else text += char;
  }
  return undefined;
}

/** The line that `splitCommand` reads back as `argv`. */
export function joinCommand(argv: readonly string[]): string {
  return argv.map((word) => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(" ");
}

/** A runtime's way to run a file, with the file put in. A name like an option is kept from being read as one. */
export function commandForFile(run: readonly string[], file: string): string[] {
  const path = file.startsWith("-") ? `./${file}` : file;
  return run.map((part) => part.replaceAll("{file}", () => path));
}
