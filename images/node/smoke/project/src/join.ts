export const join = (words: readonly string[]): string => words.join("+");
