import { IconAlertTriangle, IconCircleX, IconFlame, IconInfoCircle } from "@tabler/icons-react";
import type { Diagnostic, DiagnosticKind, Place } from "../../diagnostics/diagnostic.ts";
import styles from "./errors.module.css";
import { opensIn } from "./group-by-file.ts";
import { walkRows } from "./walk-rows.ts";

/** One complaint: its kind, where it is in its file, what it says, and the calls that led there. */
interface ErrorRowProps {
  diagnostic: Diagnostic;
  inTabOrder: boolean;
  onFocus: () => void;
  onOpen: (place: Place) => void;
}

const icons = {
  error: IconCircleX,
  traceback: IconFlame,
  warning: IconAlertTriangle,
  note: IconInfoCircle,
} as const satisfies Record<DiagnosticKind, unknown>;

const positionText = ({ line, column }: { line: number | null; column: number | null }): string =>
  line === null ? "" : column === null ? `line ${line}` : `line ${line}:${column}`;

function spokenPlace({ file, line, column }: Diagnostic): string {
  if (file === null) return line === null ? "" : `, line ${line}`;
  return `, ${file}${line === null ? "" : `, line ${line}`}${column === null ? "" : `, column ${column}`}`;
}

export function ErrorRow({ diagnostic, inTabOrder, onFocus, onOpen }: ErrorRowProps) {
  const { kind, file, line, column, message, code, trace } = diagnostic;
  const Icon = icons[kind];
  const [first = "", ...more] = message.split("\n");
  const content = (
    <>
      <Icon size={15} className={styles.icon} data-kind={kind} aria-hidden />
      <span className={styles.text}>
        <span className={styles.message}>{first}</span>
        {more.length > 0 && <span className={styles.more}>{more.join("\n")}</span>}
        <span className={styles.where}>
          {[positionText(diagnostic), code ?? ""].filter((part) => part !== "").join("  ")}
        </span>
      </span>
    </>
  );
  const label = `${kind}: ${first}${spokenPlace(diagnostic)}`;
  const calls = trace.filter((call) => call.file !== file || call.line !== line);
  return (
    <li>
      {opensIn(file) ? (
        <button
          type="button"
          className={styles.row}
          title={message}
          aria-label={label}
          tabIndex={inTabOrder ? 0 : -1}
          data-error-row
          data-testid="error-row"
          onFocus={onFocus}
          onKeyDown={walkRows}
          onClick={() => onOpen({ file, line, column })}
        >
          {content}
        </button>
      ) : (
        <div className={styles.row} title={message} data-quiet="true" data-testid="error-row">
          {content}
        </div>
      )}
      {calls.length > 0 && (
        <details className={styles.trace}>
          <summary>{calls.length === 1 ? "1 more call" : `${calls.length} more calls`}</summary>
          <ol className={styles.calls}>
            {calls.map((call, at) => (
              <li key={at}>
                <Call call={call} onOpen={onOpen} />
              </li>
            ))}
          </ol>
        </details>
      )}
    </li>
  );
}

function Call({ call, onOpen }: { call: Place; onOpen: (place: Place) => void }) {
  const text = `${call.file}${call.line === null ? "" : `:${call.line}`}`;
  if (!opensIn(call.file)) return <span className={styles.call}>{text}</span>;
  return (
    <button type="button" className={styles.call} onClick={() => onOpen(call)}>
      {text}
    </button>
  );
}
