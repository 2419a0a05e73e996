import type { Command } from "commander";
import { type AuditRow, auditVerdictSchema, syscalls } from "../../../kernel/abi/index.ts";
import type { Cli } from "../cli.ts";
import { exitCodes } from "../failure.ts";
import { count, showMoment } from "../format/amounts.ts";
import { printable, toJson } from "../format/printable.ts";
import { type Column, formatTable } from "../format/table.ts";
import { withExamples } from "./examples.ts";

/**
 * `superos audit`: who asked for what, and whether it was allowed; and whether that log is as it was written.
 *
 * The log may be long: it is read and printed a page at a time, never held as a whole.
 */

const pageRows = 1000;

const who = (row: AuditRow): string => (row.who.pid === null ? row.who.name : `${row.who.name} (${row.who.pid})`);

const columns: readonly Column<AuditRow>[] = [
  { title: "SEQ", of: (row) => String(row.seq).padStart(6) },
  { title: "TIME", of: (row) => showMoment(row.at).padEnd(19) },
  { title: "VERDICT", of: (row) => row.verdict },
  { title: "WHO", of: (row) => who(row).padEnd(16) },
  { title: "WHAT", of: (row) => row.what.padEnd(16) },
  {
    title: "REASON",
    of: (row) => (row.missing === null ? (row.code ?? "-") : `${row.code ?? "-"}: ${row.missing}`).padEnd(11),
  },
  { title: "ON", of: (row) => row.on },
];

async function* pages(cli: Cli): AsyncGenerator<AuditRow[]> {
  let after = 0;
  for (;;) {
    const request = { method: "GET", path: "/audit", query: { after, limit: pageRows } } as const;
    const { rows } = await cli.client.call(request, syscalls.audit_list.response);
    const last = rows.at(-1)?.seq ?? after;
    if (last <= after) return;
    yield rows;
    if (rows.length < pageRows) return;
    after = last;
  }
}

async function printTable(cli: Cli): Promise<void> {
  let header = true;
  for await (const rows of pages(cli)) {
    await cli.stdout.write(formatTable(rows, columns, { columns: cli.stdout.columns, header }));
    header = false;
  }
  if (header) await cli.stdout.write(formatTable([], columns));
}

async function printJson(cli: Cli): Promise<void> {
  let before = "[\n";
  for await (const rows of pages(cli)) {
    // The brackets of each page's own array make way for those of the whole.
    await cli.stdout.write(before + toJson(rows).slice(2, -3));
    before = ",\n";
  }
  await cli.stdout.write(before === "[\n" ? "[]\n" : "\n]\n");
}

/** That the log does not verify is an answer, told by the exit code, and no failure of this command. */
async function verify(cli: Cli, options: { json?: boolean }): Promise<void> {
  const request = { method: "GET", path: "/audit/verify" } as const;
  const verdict = await cli.client.call(request, auditVerdictSchema, { unbounded: true });
  if (!verdict.ok) cli.exitCode = exitCodes.no;
  if (options.json === true) return cli.stdout.write(toJson(verdict));
  const whole = `The audit log is whole: ${count(verdict.rows, "row")}, head ${printable(verdict.head)}\n`;
  const where = verdict.firstBad === null ? "at its end" : `at row ${verdict.firstBad}`;
  const broken = `The audit log is broken ${where}: a row was altered, removed or put in there.\n`;
  await cli.stdout.write(verdict.ok ? whole : broken);
}

export function addAudit(program: Command, cli: Cli): void {
  const command = program
    .command("audit")
    .description("Print the audit log, oldest first: who asked for what, and whether it was allowed.")
    .option("--json", "print the rows as JSON")
    .action((options: { json?: boolean }) => (options.json === true ? printJson(cli) : printTable(cli)));
  const verifyCommand = command
    .command("verify")
    .description("Check the audit log's hash chain: exit 0 when it is whole, 1 when a row was altered or removed.")
    .option("--json", "print the verdict as JSON")
    .action((options: { json?: boolean }) => verify(cli, options));
  withExamples(verifyCommand, "superos audit verify", "superos audit verify --json | jq -r .head");
  withExamples(command, "superos audit | tail", "superos audit --json | jq '.[] | select(.verdict == \"refused\")'");
}
