import { UsageError } from "../failure.ts";

/**
 * A stage of a pipeline as a person types it, to the arguments that are sent. Pure.
 *
 * Words are quoted as for a POSIX shell, and nothing is evaluated: `$HOME` and `*` stay the text that they are. What
 * only a shell could do, a redirection or a second command, is refused rather than handed to the program as text.
 */

const piece = /(?<space>\s+)|'(?<single>[^']*)'|"(?<double>(?:[^"\\]|\\[^])*)"|\\(?<escaped>[^])|(?<plain>[^\s'"\\]+)/y;

const unescape = (text: string): string =>
  text.replaceAll(/\\([$`"\\\n])/g, (_, character: string) => (character === "\n" ? "" : character));

export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < line.length) {
    piece.lastIndex = at;
    const groups = piece.exec(line)?.groups;
    if (groups === undefined) {
      throw new UsageError(`the stage ${JSON.stringify(line)} does not close its quote, or ends with a backslash`);
    }
    at = piece.lastIndex;
    const { space, single, double, escaped, plain } = groups;
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    if (plain !== undefined && /[|&;<>]/.test(plain)) {
      throw new UsageError(
        `the stage ${JSON.stringify(line)} holds a shell's ${JSON.stringify(/[|&;<>]/.exec(plain)?.[0])}`,
        "A stage is one program. Quote what is meant as text, or run a shell: sh -c '...'",
      );
    }
    word = (word ?? "") + (single ?? (double === undefined ? (escaped ?? plain ?? "") : unescape(double)));
  }
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new UsageError("a stage is empty");
  return words;
}
