import { Badge, Table, UnstyledButton } from "@mantine/core";
import {
  IconBox,
  IconChevronDown,
  IconChevronRight,
  IconCpu,
  IconFolder,
  IconServer,
  IconUser,
} from "@tabler/icons-react";
import type { Icon } from "@tabler/icons-react";
import type { KeyboardEvent } from "react";
import type { Pid, ProcessKind } from "../../../kernel/abi/index.ts";
import { readableAge, readableBytes, readableMs } from "../parts/format-amount.ts";
import { Panel } from "../parts/panel.tsx";
import { ProcessBadge } from "../parts/process-badge.tsx";
import { hasEnded, titleOf } from "../parts/process-facts.ts";
import { useNow } from "../parts/use-now.ts";
import styles from "./process-table.module.css";
import type { TreeRow } from "./process-tree.ts";

/** The rows of the tree. Arrow keys walk it, right and left open and close, Enter shows the process. */
interface ProcessTableProps {
  rows: readonly TreeRow[];
  collapsed: ReadonlySet<Pid>;
  selected: Pid | null;
  onToggle: (pid: Pid) => void;
  onSelect: (pid: Pid) => void;
}

export function ProcessTable(props: ProcessTableProps) {
  const now = useNow();
  const first = props.rows[0]?.process.pid;
  const focusable = props.rows.some(({ process }) => process.pid === props.selected) ? props.selected : first;
  return (
    <Panel>
      <Table highlightOnHover role="treegrid" aria-label="Processes" miw={1000} data-testid="process-table">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={70} className="number">
              PID
            </Table.Th>
            <Table.Th>Command</Table.Th>
            <Table.Th w={150}>Project</Table.Th>
            <Table.Th w={110}>User</Table.Th>
            <Table.Th w={110}>Class</Table.Th>
            <Table.Th w={260}>State</Table.Th>
            <Table.Th w={90} className="number">
              CPU
            </Table.Th>
            <Table.Th w={100} className="number">
              Memory
            </Table.Th>
            <Table.Th w={80} className="number">
              Age
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {props.rows.map((row) => (
            <Row
              key={row.process.pid}
              {...props}
              row={row}
              now={now}
              tabIndex={row.process.pid === focusable ? 0 : -1}
            />
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

const icons: Record<ProcessKind, Icon> = {
  kernel: IconCpu,
  service: IconServer,
  session: IconUser,
  root: IconFolder,
  container: IconBox,
};

interface RowProps extends ProcessTableProps {
  row: TreeRow;
  now: number;
  tabIndex: number;
}

function Row({ row, now, tabIndex, collapsed, selected, onToggle, onSelect }: RowProps) {
  const { process, level, children } = row;
  const { pid } = process;
  const open = !collapsed.has(pid);
  const Symbol = icons[process.kind];
  const keys = (event: KeyboardEvent<HTMLTableRowElement>): void => {
    const here = event.currentTarget;
    const actions: Record<string, () => void> = {
      ArrowDown: () => focusRow(here.nextElementSibling),
      ArrowUp: () => focusRow(here.previousElementSibling),
      Home: () => focusRow(here.parentElement?.firstElementChild),
      End: () => focusRow(here.parentElement?.lastElementChild),
      ArrowRight: () => (children > 0 && !open ? onToggle(pid) : focusRow(here.nextElementSibling)),
      ArrowLeft: () => (children > 0 && open ? onToggle(pid) : focusRow(here.previousElementSibling)),
      Enter: () => onSelect(pid),
      " ": () => onSelect(pid),
    };
    const action = actions[event.key];
    if (action === undefined || event.target !== here) return;
    event.preventDefault();
    action();
  };
  return (
    <Table.Tr
      role="row"
      className={styles.row}
      tabIndex={tabIndex}
      aria-level={level}
      aria-expanded={children > 0 ? open : undefined}
      aria-selected={pid === selected}
      data-ended={hasEnded(process)}
      data-testid="process-row"
      data-pid={pid}
      onClick={() => onSelect(pid)}
      onKeyDown={keys}
    >
      <Table.Td className="number mono">{pid}</Table.Td>
      <Table.Td>
        <div className={styles.name} style={{ paddingLeft: (level - 1) * 20 }}>
          {children > 0 ? (
            <UnstyledButton
              className={styles.toggle}
              tabIndex={-1}
              aria-label={open ? "Close" : "Open"}
              onClick={(event) => {
                event.stopPropagation();
                onToggle(pid);
              }}
            >
              {open ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
            </UnstyledButton>
          ) : (
            <span className={styles.toggle} />
          )}
          <Symbol size={16} stroke={1.6} aria-label={process.kind} className={styles.icon} />
          <span className={`${process.argv.length > 0 ? "mono" : ""} clip`} title={titleOf(process)}>
            {titleOf(process)}
          </span>
          {process.endpoint !== null && (
            <Badge color="iris" flex="none" title="Processes of the project connect to it by this name">
              {process.endpoint}
            </Badge>
          )}
        </div>
      </Table.Td>
      <Table.Td className="clip" maw={150}>
        {process.project?.name}
      </Table.Td>
      <Table.Td className="clip" maw={110}>
        {process.user}
      </Table.Td>
      <Table.Td c="dimmed">{process.kind === "container" && process.class}</Table.Td>
      <Table.Td>
        <ProcessBadge state={process.state} />
      </Table.Td>
      <Table.Td className="number">{process.usage === null ? "" : readableMs(process.usage.cpuMs)}</Table.Td>
      <Table.Td className="number">{process.usage === null ? "" : readableBytes(process.usage.memoryBytes)}</Table.Td>
      <Table.Td className="number">{readableAge(now - process.createdAt)}</Table.Td>
    </Table.Tr>
  );
}

function focusRow(row: Element | null | undefined): void {
  if (row instanceof HTMLElement) row.focus();
}
