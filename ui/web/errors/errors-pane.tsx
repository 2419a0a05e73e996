import { ActionIcon, Badge, Text, Tooltip } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { memo, useMemo, useState } from "react";
import type { ProcessView } from "../../../kernel/abi/index.ts";
import type { Place } from "../../diagnostics/diagnostic.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { hasEnded } from "../parts/process-facts.ts";
import { RowsSkeleton } from "../parts/query-view.tsx";
import styles from "./errors.module.css";
import { ErrorRow } from "./error-row.tsx";
import { countText, groupByFile } from "./group-by-file.ts";
import { useErrors } from "./use-errors.ts";

/**
 * What is wrong, by the output of the run that is shown and of what it started. Arrow keys walk the list, Enter opens the
 * file at the line.
 */
interface ErrorsPaneProps {
  processes: readonly ProcessView[];
  onOpen: (place: Place) => void;
}

export const ErrorsPane = memo(function ErrorsPane({ processes, onOpen }: ErrorsPaneProps) {
  const { diagnostics, truncated, loading, error, readAgain } = useErrors(processes);
  const [focused, setFocused] = useState(0);
  const groups = useMemo(() => groupByFile(diagnostics), [diagnostics]);
  const [run] = processes;
  const count = diagnostics.length === 0 ? null : countText(diagnostics);
  const bad = diagnostics.some(({ kind }) => kind === "error" || kind === "traceback");
  const reachable = diagnostics.length > focused ? focused : 0;
  return (
    <section className={styles.pane} aria-label="Errors" data-testid="errors">
      <div className={styles.head}>
        <Text size="xs" fw={600} c="dimmed">
          Errors
        </Text>
        {count !== null && (
          <Badge size="sm" color={bad ? "red" : "yellow"} tt="none" data-testid="errors-count">
            {count}
          </Badge>
        )}
        <Tooltip label="Read the output again">
          <ActionIcon
            size="sm"
            ml="auto"
            aria-label="Read the errors again"
            onClick={readAgain}
            disabled={run === undefined}
          >
            <IconRefresh size={16} />
          </ActionIcon>
        </Tooltip>
      </div>
      <div className={styles.body}>
        {error !== null && <FaultAlert error={error} title="The errors could not be read" onRetry={readAgain} />}
        {diagnostics.length === 0 && error === null && (loading ? <RowsSkeleton rows={2} /> : <Nothing run={run} />)}
        <ul className={styles.groups} aria-label="What is wrong, by file">
          {groups.map(({ file, diagnostics: some }) => (
            <li key={file ?? ""}>
              <Text size="xs" className={styles.file} title={file ?? undefined} data-testid="errors-file">
                {file ?? "Without a file"}
              </Text>
              <ul className={styles.rows}>
                {some.map((diagnostic) => {
                  const at = diagnostics.indexOf(diagnostic);
                  return (
                    <ErrorRow
                      key={at}
                      diagnostic={diagnostic}
                      inTabOrder={at === reachable}
                      onFocus={() => setFocused(at)}
                      onOpen={onOpen}
                    />
                  );
                })}
              </ul>
            </li>
          ))}
        </ul>
        {truncated && (
          <Text size="xs" c="dimmed" px={12} py={6}>
            There may be more: only the end of the output is read, and the first 200 are shown.
          </Text>
        )}
      </div>
      <div role="status" aria-live="polite" className={styles.hidden}>
        {count ?? ""}
      </div>
    </section>
  );
});

function Nothing({ run }: { run: ProcessView | undefined }) {
  const text =
    run === undefined
      ? "Nothing has run here yet."
      : hasEnded(run)
        ? "No errors in the output of this run."
        : "No errors so far.";
  return (
    <Text size="xs" c="dimmed" px={12} py={6} data-testid="errors-none">
      {text}
    </Text>
  );
}
