import type { EngineName, Position } from "./result.ts";
import { skipToken, wordAt } from "./tokens.ts";

/**
 * Cuts a file into its statements, so that each has its own result, its own time and its own line. It knows what a semicolon
 * may stand in (quotes, comments, dollar quotes, the bodies of triggers and functions) and nothing else of the language:
 * whether a statement is one is for the engine to say.
 */
export interface Statement extends Position {
  /** Counted from 1. */
  number: number;
  text: string;
  /** Where it begins in the file. */
  offset: number;
}

export function splitStatements(sql: string, dialect: EngineName): Statement[] {
  const found: Statement[] = [];
  const lines = lineCounter(sql);
  let start: number | null = null;
  let words: string[] = [];
  let depth = 0;

  const finish = (end: number): void => {
    if (start !== null) {
      const text = sql.slice(start, end).trimEnd();
      found.push({ number: found.length + 1, text, offset: start, ...lines(start) });
    }
    start = null;
    words = [];
    depth = 0;
  };

  let at = sql.startsWith("\uFEFF") ? 1 : 0;
  while (at < sql.length) {
    if (sql[at] === ";" && depth === 0) {
      finish(at);
      at += 1;
      continue;
    }
    const token = skipToken(sql, at, dialect);
    if (token.kind !== "blank") start ??= at;
    if (token.kind === "word") {
      const word = wordAt(sql, at, token.end);
      if (words.length < 5) words.push(word);
      depth = depthAfter(word, depth, words);
    }
    at = token.end;
  }
  finish(sql.length);
  return found;
}

/** Within `BEGIN ... END` of a trigger or a function, semicolons end steps and not the statement. */
function depthAfter(word: string, depth: number, words: readonly string[]): number {
  if (word === "BEGIN") return hasBody(words) ? depth + 1 : depth;
  if (word === "CASE") return depth > 0 ? depth + 1 : depth;
  return word === "END" && depth > 0 ? depth - 1 : depth;
}

const hasBody = ([first, ...others]: readonly string[]): boolean =>
  first === "CREATE" && others.some((word) => word === "TRIGGER" || word === "FUNCTION" || word === "PROCEDURE");

/** Positions in the order in which they are asked for, in one walk over the text. */
function lineCounter(sql: string): (offset: number) => Position {
  let line = 1;
  let lineStart = 0;
  return (offset) => {
    for (let next = sql.indexOf("\n", lineStart); next !== -1 && next < offset; next = sql.indexOf("\n", lineStart)) {
      line += 1;
      lineStart = next + 1;
    }
    return { line, column: offset - lineStart + 1 };
  };
}

export const positionOf = (sql: string, offset: number): Position => lineCounter(sql)(offset);
