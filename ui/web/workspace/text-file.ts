/**
 * Whether bytes are text that can be edited, and which line ending they use. Pure.
 *
 * What is saved again must differ from what was read only where a person changed it: a byte order mark stays, lines
 * keep their ending, and what is not UTF-8 is not offered for editing at all.
 */
export interface TextFile {
  text: string;
  lineSeparator: "\n" | "\r\n";
}

export const editLimitBytes = 1 << 20;

export function readText(bytes: ArrayBuffer): TextFile | null {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
  if (text.includes("\0")) return null;
  const all = text.split("\n").length - 1;
  const crlf = text.split("\r\n").length - 1;
  return { text, lineSeparator: all > 0 && all === crlf ? "\r\n" : "\n" };
}
