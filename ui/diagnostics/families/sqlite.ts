import { position, type Finding } from "../finding.ts";

/** The sqlite3 shell. It names the line of its input; the file is the one that the command line names. */

const near = /^(Parse error|Runtime error|Error:) near line (\d{1,9})(?: of ([^\s:][^:]{0,1023}))?: (.*)$/;
const plain = /^(Parse error|Runtime error|Error)(?: in \d\w\w command line argument)?: (.*)$/;
const marker = /^\s{0,200}(?:error here ---\^|\^--- error here)$/;

/** sqlite numbers its result codes: `table t already exists (1)`. */
const code = / \((\d{1,4})\)$/;

export function* parseSqlite(lines: readonly string[]): Iterable<Finding> {
  for (const [at, line] of lines.entries()) {
    const [, , row, file, message] = near.exec(line) ?? [];
    const [, , other] = message === undefined ? (plain.exec(line) ?? []) : [];
    const said = message ?? other;
    if (said === undefined) continue;
    const shown = marker.test(lines[at + 2] ?? "") ? (lines[at + 1] ?? "").trim() : "";
    yield {
      at,
      kind: "error",
      message: shown === "" ? said.replace(code, "") : `${said.replace(code, "")}\n${shown}`,
      code: code.exec(said)?.[1],
      places: file === undefined ? [] : [{ file, line: position(row) }],
      line: position(row),
    };
  }
}
