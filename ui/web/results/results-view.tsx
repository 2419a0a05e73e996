import { Alert, EmptyState, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconTable } from "@tabler/icons-react";
import { ResultTable } from "./result-table.tsx";
import { countText, durationText, engineText, errorPlace, resultTitle } from "./result-facts.ts";
import type { RunError, SqlRun, StatementResult } from "./result-schema.ts";
import styles from "./results.module.css";

/** What the statements of a file gave: each table with its types and its time, and the error at which it stopped. */
export function ResultsView({ run }: { run: SqlRun }) {
  return (
    <section className={styles.results} aria-label="Results" data-testid="sql-results">
      <Text size="xs" c="dimmed" data-testid="sql-engine">
        {engineText(run)}, {run.database === ":memory:" ? "in memory" : run.database}
        {run.ms !== null && `, ${durationText(run.ms)} in all`}
      </Text>
      {run.results.length === 0 && run.error === null && <NoResults running={run.ms === null} />}
      <Stack gap="lg">
        {run.results.map((result) =>
          result.columns === null ? (
            <Done key={result.statement} result={result} />
          ) : (
            <ResultTable key={result.statement} result={result} columns={result.columns} />
          ),
        )}
      </Stack>
      {run.error !== null && <Failed error={run.error} />}
    </section>
  );
}

function NoResults({ running }: { running: boolean }) {
  return (
    <EmptyState
      py="xl"
      icon={<IconTable size={40} stroke={1.4} />}
      title={running ? "No result yet" : "No statement was run"}
      description={running ? "The first statement is running." : "The file has no statement, only comments or nothing."}
    />
  );
}

function Done({ result }: { result: StatementResult }) {
  return (
    <Text size="sm" data-testid="sql-done">
      <Text span size="xs" c="dimmed">
        {resultTitle(result)}:
      </Text>{" "}
      {countText(result)}{" "}
      <Text span size="xs" c="dimmed">
        {durationText(result.ms)}
      </Text>
    </Text>
  );
}

function Failed({ error }: { error: RunError }) {
  return (
    <Alert
      color="red"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title={error.kind}
      role="alert"
      data-testid="sql-error"
    >
      <Text size="sm" className={styles.message}>
        {error.message}
      </Text>
      <Text size="xs" c="dimmed" className="mono">
        {errorPlace(error)}
      </Text>
    </Alert>
  );
}
