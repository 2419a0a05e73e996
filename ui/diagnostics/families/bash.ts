import { position, type Finding } from "../finding.ts";

/**
 * Shells: bash says `SCRIPT: line 3: MESSAGE`, dash `SCRIPT: 3: MESSAGE`. After an error of the parser bash repeats the
 * source line in the same form; that is left out.
 */

const bash = /^([^\s:][^:]{0,1023}): (?:-c: |eval: |source: )?line (\d{1,9}): (.*)$/;
const dash = /^([^\s:][^:]{0,1023}): (\d{1,9}): (.*)$/;
const dashSays =
  /^(?:Syntax error: |.{1,500}: (?:not found|Permission denied|parameter not set|bad variable name|out of range)|cannot (?:open|create) |Bad substitution|Illegal |arithmetic expression|.{1,500}: \w.*)/;
const start =
  /^(?:ba|da)?sh: (?:\d{1,4}: )?(?:cannot open )?([^\s:][^:]{0,1023}): (No such file or directory|Permission denied|No such file)$/;
const shells = /^-?(?:bash|sh|dash|\/(?:usr\/)?bin\/(?:ba|da)?sh)$/;

export function* parseBash(lines: readonly string[]): Iterable<Finding> {
  for (const [at, line] of lines.entries()) {
    const [, script] = start.exec(line) ?? [];
    const inBash = bash.exec(line);
    const inDash = inBash === null ? dash.exec(line) : null;
    const [, file, row, said] = inBash ?? (inDash !== null && dashSays.test(inDash[3] ?? "") ? inDash : []);
    if (file !== undefined && said !== undefined) {
      if (/^`.*'$/.test(said)) continue;
      const kind = said.startsWith("warning: ") ? "warning" : "error";
      const place = shells.test(file) ? [] : [{ file, line: position(row) }];
      yield { at, kind, message: said, places: place, ...(place.length === 0 ? { line: position(row) } : {}) };
    } else if (script !== undefined) {
      yield { at, kind: "error", message: line, places: [] };
    }
  }
}
