const wide =
  /[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}|\uFE0F/u;
const zero = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;

/**
 * Tells how many columns of a terminal a text takes: two for East Asian wide characters and emoji, none for what combines. What
 * finds the characters takes longer to make than most tables, so it is made when there is a text that needs it.
 */
export function textRuler(): (text: string) => number {
  let segmenter: Intl.Segmenter | null = null;
  return (text) => {
    if (/^[\x20-\x7E]*$/.test(text)) return text.length;
    segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
    let width = 0;
    for (const { segment } of segmenter.segment(text)) width += zero.test(segment) ? 0 : wide.test(segment) ? 2 : 1;
    return width;
  };
}

const names: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A value stays in its cell: line ends and control characters are told by their escapes. */
export const onOneLine = (text: string): string =>
  text.replace(
    /[\x00-\x1F\x7F-\x9F]/g,
    (found) => names[found] ?? `\\x${found.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
