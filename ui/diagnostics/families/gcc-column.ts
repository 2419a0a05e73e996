/**
 * The column of a message of GCC in characters, by the source line that stands below the message.
 *
 * GCC counts bytes or, where nobody asked for these, columns of a screen. It shows the line with spaces for its tabs, and a
 * caret: so what stands before the caret tells one from the other, and how many characters its bytes are. Pure.
 */

const shownLine = /^ {0,10}(\d{1,9}) \| (.*)$/;
const caretLine = /^ {0,20}\| ([ ~]*)\^/;
/** Takes two columns of a screen. */
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** What of a line fills so many columns of a screen. */
function beginning(line: string, columns: number): string[] {
  const characters: string[] = [];
  let filled = 0;
  for (const character of line) {
    if (filled >= columns) break;
    characters.push(character);
    filled += wide.test(character) ? 2 : 1;
  }
  return characters;
}

const bytesOf = (character: string): number => {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
};

/** For the message on line `at`, which names this row and column. */
export function charactersColumn(lines: readonly string[], at: number, named: { row: string; column: number }): number {
  const { row, column } = named;
  const [, shownRow, source] = shownLine.exec(lines[at + 1] ?? "") ?? [];
  const [, before] = caretLine.exec(lines[at + 2] ?? "") ?? [];
  if (shownRow !== row || source === undefined || before === undefined) return column;
  const characters = beginning(source, before.length);
  // Columns of a screen: which of its spaces were tabs is not known.
  if (column - 1 === before.length) return characters.length + 1;
  const bytes = characters.reduce((sum, character) => sum + bytesOf(character), 0);
  const ofTabs = bytes - (column - 1);
  return ofTabs < 0 || ofTabs > characters.length ? column : characters.length - ofTabs + 1;
}
