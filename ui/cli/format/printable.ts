/**
 * Makes text from the server safe to show in a terminal.
 *
 * Names, arguments and messages are chosen by others; printed raw they could move the cursor, retitle the window,
 * reverse the direction of reading or forge a line. Pure.
 */

const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;
const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001b": "\\e" };

function escape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).padStart(2, "0");
  return short[character] ?? (code <= 0xff ? `\\x${hex}` : `\\u{${hex}}`);
}

/** The text with every character that is not itself visible written as an escape. */
export const printable = (text: string): string => text.replace(unprintable, escape);

function jsonText(value: unknown, indent: number | undefined): string {
  const text = JSON.stringify(value, undefined, indent).replace(/[^\n\P{C}]|\p{Zl}|\p{Zp}/gu, (found) =>
    Array.from({ length: found.length }, (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, "0")}`).join(
      "",
    ),
  );
  return `${text}\n`;
}

/** JSON of two spaces, ended by a newline, in which no character acts on a terminal; it still parses to `value`. */
export const toJson = (value: unknown): string => jsonText(value, 2);

/** The same on one line. */
export const toJsonLine = (value: unknown): string => jsonText(value, undefined);

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;

/** How many columns a terminal gives to printable text. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += /\p{M}/u.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

/** Cuts printable text to a width, with an ellipsis where something was left out. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const character of text) {
    used += widthOf(character);
    if (used > width - 1) break;
    kept += character;
  }
  return `${kept}\u2026`;
}
