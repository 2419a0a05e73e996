import { Alert, Button, CopyButton, EmptyState, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconTable } from "@tabler/icons-react";
import { ResultTable } from "./result-table.tsx";
import { countText, durationText, engineText, errorPlace, resultTitle } from "./result-facts.ts";
import type { RunError, SqlRun, StatementResult } from "./result-schema.ts";
import { textOfRun } from "./result-text.ts";
import styles from "./results.module.css";

/** What the statements of a file gave: each table with its types and its time, and the error at which it stopped. */
export function ResultsView({ run, asText }: { run: SqlRun; asText: boolean }) {
  return (
    <section className={styles.results} aria-label="Results" data-testid="sql-results">
      <Text size="xs" c="dimmed" data-testid="sql-engine">
        {engineText(run)}, {run.database === ":memory:" ? "in memory" : run.database}
        {run.ms !== null && `, ${durationText(run.ms)} in all`}
      </Text>
      {run.results.length === 0 && run.error === null && <NoResults running={run.ms === null} />}
      {asText ? <Texts run={run} /> : <Tables run={run} />}
      {run.error !== null && <Failed error={run.error} />}
    </section>
  );
}

function Tables({ run }: { run: SqlRun }) {
  return (
    <Stack gap="sm">
      {run.results.map((result) =>
        result.columns === null ? (
          <Done key={result.statement} result={result} />
        ) : (
          <ResultTable key={result.statement} result={result} columns={result.columns} />
        ),
      )}
    </Stack>
  );
}

function Texts({ run }: { run: SqlRun }) {
  const text = textOfRun(run);
  return text === "" ? null : (
    <div className={styles.text}>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="compact-xs" variant="default" className={styles.copy} onClick={copy}>
            {copied ? "Copied" : "Copy"}
          </Button>
        )}
      </CopyButton>
      {/* A region that scrolls is reached by the keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={styles.pre} role="region" aria-label="Results as text" tabIndex={0} data-testid="sql-text">
        {text}
      </pre>
    </div>
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
    <Text size="xs" data-testid="sql-done">
      <Text span inherit c="dimmed" mr={4}>
        {resultTitle(result)}
      </Text>{" "}
      {countText(result)}{" "}
      <Text span inherit c="dimmed" ml={4}>
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
