import { position, type Finding } from "../finding.ts";
import { withoutPlace } from "./sql-statement.ts";

/**
 * SQLite: its shell, which names the line of its input (the file is the one that the command line names), and the runtime
 * `sql`, which puts the place in front.
 */

const near = /^(?:Parse error|Runtime error|Error:) near line (\d{1,9}): (.*)$/;
const plain = /^(?:Parse error|Runtime error|Error)(?: in \d\w\w command line argument)?: (.*)$/;
const marker = /^\s{0,200}(?:error here ---\^|\^--- error here)$/;

/** The shell numbers result codes: `UNIQUE constraint failed: t.a (19)`. */
const code = / \((\d{1,4})\)$/;

export function* parseSqlite(lines: readonly string[]): Iterable<Finding> {
  for (const [at, line] of lines.entries()) {
    const { rest, places } = withoutPlace(line);
    const [, row, message] = near.exec(rest) ?? [];
    const said = message ?? plain.exec(rest)?.[1];
    if (said === undefined) continue;
    const shown = marker.test(lines[at + 2] ?? "") ? (lines[at + 1] ?? "").trim() : "";
    yield {
      at,
      kind: "error",
      message: [said.replace(code, ""), shown].join("\n"),
      code: code.exec(said)?.[1],
      places,
      line: position(row),
    };
  }
}
