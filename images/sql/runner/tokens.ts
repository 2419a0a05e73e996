import type { EngineName } from "./result.ts";

/** The pieces of SQL that matter for where a statement ends. Each is found in time linear in its length. */
export interface Token {
  kind: "blank" | "word" | "quoted" | "other";
  end: number;
}

const word = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const blank = /\s+/uy;
const dollarQuote = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const number = /[0-9][\p{L}\p{N}_.]*/uy;

function endOf(pattern: RegExp, sql: string, at: number): number | null {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : null;
}

export const wordAt = (sql: string, at: number, end: number): string => sql.slice(at, end).toUpperCase();

export function skipToken(sql: string, at: number, dialect: EngineName): Token {
  const here = sql[at];
  if (sql.startsWith("--", at)) return { kind: "blank", end: after(sql, "\n", at) };
  if (sql.startsWith("/*", at)) return { kind: "blank", end: commentEnd(sql, at, dialect !== "sqlite") };
  if (here === "'" || here === '"') return { kind: "quoted", end: quoteEnd(sql, at, false) };
  if (dialect === "sqlite") {
    if (here === "`") return { kind: "quoted", end: quoteEnd(sql, at, false) };
    if (here === "[") return { kind: "quoted", end: after(sql, "]", at) };
  } else {
    if ((here === "E" || here === "e") && sql[at + 1] === "'")
      return { kind: "quoted", end: quoteEnd(sql, at + 1, true) };
    const opened = here === "$" ? endOf(dollarQuote, sql, at) : null;
    if (opened !== null) return { kind: "quoted", end: after(sql, sql.slice(at, opened), opened) };
  }
  const space = endOf(blank, sql, at);
  if (space !== null) return { kind: "blank", end: space };
  const digits = endOf(number, sql, at);
  if (digits !== null) return { kind: "other", end: digits };
  const letters = endOf(word, sql, at);
  return letters === null ? { kind: "other", end: at + 1 } : { kind: "word", end: letters };
}

/** Past the next `mark`, or the end of a text that lacks it. */
function after(sql: string, mark: string, from: number): number {
  const found = sql.indexOf(mark, from);
  return found === -1 ? sql.length : found + mark.length;
}

/** A doubled quote stands for itself, because the text after the first one begins as a quote again. */
function quoteEnd(sql: string, at: number, backslash: boolean): number {
  const quote = sql.charAt(at);
  if (!backslash) return after(sql, quote, at + 1);
  for (let next = at + 1; next < sql.length; next += 1) {
    if (sql[next] === "\\" || (sql[next] === quote && sql[next + 1] === quote)) next += 1;
    else if (sql[next] === quote) return next + 1;
  }
  return sql.length;
}

const commentMark = /\/\*|\*\//gu;

function commentEnd(sql: string, at: number, nested: boolean): number {
  if (!nested) return after(sql, "*/", at + 2);
  commentMark.lastIndex = at + 2;
  let depth = 1;
  for (let mark = commentMark.exec(sql); mark !== null; mark = commentMark.exec(sql)) {
    depth += mark[0] === "/*" ? 1 : -1;
    if (depth === 0) return commentMark.lastIndex;
  }
  return sql.length;
}
