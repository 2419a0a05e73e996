import { Badge, Group, Table, Text } from "@mantine/core";
import { useId } from "react";
import { Panel } from "../parts/panel.tsx";
import { cellText, countText, durationText, isNumeric, resultTitle } from "./result-facts.ts";
import type { Cell, Column, StatementResult } from "./result-schema.ts";
import styles from "./results.module.css";

/**
 * One result. The head stays in sight while the rows scroll; the scrolling part takes focus, so that the arrow keys reach what
 * lies beyond it, and is named by the caption for those who hear it.
 */
export function ResultTable({ result, columns }: { result: StatementResult; columns: readonly Column[] }) {
  const caption = useId();
  return (
    <div data-testid="sql-result" data-statement={result.statement}>
      <Group id={caption} gap="xs" mb={4}>
        <Text span size="xs" c="dimmed">
          {resultTitle(result)}
        </Text>
        {result.more ? (
          <>
            <Badge color="yellow" data-testid="sql-more">
              {countText(result)}
            </Badge>
            <Text span size="xs" c="dimmed">
              with --limit in the command more are read
            </Text>
          </>
        ) : (
          <Text span size="xs">
            {countText(result)}
          </Text>
        )}
        <Text span size="xs" c="dimmed" data-testid="sql-ms">
          {durationText(result.ms)}
        </Text>
      </Group>
      <Panel>
        {/* A region that scrolls is reached by the keyboard. */}
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <div className={styles.scroll} role="region" aria-labelledby={caption} tabIndex={0}>
          <Table aria-labelledby={caption} className={styles.table} verticalSpacing={5} highlightOnHover stickyHeader>
            <Table.Thead>
              <Table.Tr>
                {columns.map((column, at) => (
                  <Table.Th key={at} scope="col" className={isNumeric(column) ? "number" : undefined}>
                    <span className={styles.name}>{column.name}</span>
                    <span className={styles.type}>{column.type}</span>
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {result.rows.map((row, at) => (
                <Table.Tr key={at}>
                  {columns.map((column, place) => (
                    <Value key={place} cell={row[place] ?? null} column={column} />
                  ))}
                </Table.Tr>
              ))}
              {result.rows.length === 0 && (
                <Table.Tr>
                  <Table.Td colSpan={Math.max(1, columns.length)} className={styles.none} data-testid="sql-no-rows">
                    No rows
                  </Table.Td>
                </Table.Tr>
              )}
            </Table.Tbody>
          </Table>
        </div>
      </Panel>
    </div>
  );
}

/** NULL looks like no text, and an empty text is seen to be one. */
function Value({ cell, column }: { cell: Cell; column: Column }) {
  const side = isNumeric(column) ? "number" : undefined;
  if (cell === null) {
    return (
      <Table.Td className={side} data-null>
        <span className={styles.null}>NULL</span>
      </Table.Td>
    );
  }
  const text = cellText(cell, column);
  return (
    <Table.Td className={side ?? styles.value} data-kind={column.kind}>
      {text === "" ? <span className={styles.empty} role="img" aria-label="empty text" /> : text}
    </Table.Td>
  );
}
