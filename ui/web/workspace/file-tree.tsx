import { Skeleton, Text } from "@mantine/core";
import { useEffect, useMemo, useState } from "react";
import type { KeyboardEvent } from "react";
import type { FileEntry, ProjectId } from "../../../kernel/abi/index.ts";
import { useFolder } from "../api/queries.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import styles from "./file-tree.module.css";
import { FileRow } from "./file-row.tsx";
import type { TreeActions } from "./tree-actions.ts";

/**
 * The project's files. A folder is read when it is first opened. Arrow keys walk the tree, right and left open and
 * close, Enter opens, Delete removes.
 */
interface FileTreeProps extends Pick<TreeActions, "onOpen" | "onRemove"> {
  project: ProjectId;
  active: string | null;
}

export function FileTree({ project, active, onOpen, onRemove }: FileTreeProps) {
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(new Set());
  const [focused, setFocused] = useState<string | null>(null);
  const actions = useMemo<TreeActions>(() => {
    const onToggle = (path: string): void =>
      setExpanded((before) => {
        const after = new Set(before);
        if (!after.delete(path)) after.add(path);
        return after;
      });
    return { onToggle, onFocus: setFocused, onOpen, onRemove };
  }, [onOpen, onRemove]);
  return (
    <ul className={styles.tree} role="tree" aria-label="Files" data-testid="file-tree" onKeyDown={walk}>
      <Level
        project={project}
        path=""
        level={1}
        expanded={expanded}
        focused={focused}
        active={active}
        actions={actions}
      />
    </ul>
  );
}

interface LevelProps {
  project: ProjectId;
  path: string;
  level: number;
  expanded: ReadonlySet<string>;
  focused: string | null;
  active: string | null;
  actions: TreeActions;
}

const rank = (entry: FileEntry): number => (entry.kind === "directory" ? 0 : 1);
const byName = new Intl.Collator("en", { numeric: true });
const inOrder = (entries: readonly FileEntry[]): FileEntry[] =>
  entries.toSorted((a, b) => rank(a) - rank(b) || byName.compare(a.name, b.name));

function Level({ project, path, level, ...shared }: LevelProps) {
  const query = useFolder(project, path);
  const sorted = useMemo(() => inOrder(query.data?.entries ?? []), [query.data]);
  const { focused, actions } = shared;
  useEffect(() => {
    // When the row that had the focus is gone, Tab reaches the first one.
    const isHere = focused !== null && focused.slice(0, Math.max(0, focused.lastIndexOf("/"))) === path;
    if (isHere && query.data?.entries.some(({ name }) => `/${focused}`.endsWith(`/${name}`)) === false)
      actions.onFocus(null);
  }, [focused, path, query.data, actions]);
  const indent = { paddingLeft: 8 + level * 14 };
  if (query.data === undefined) {
    if (query.isError)
      return (
        <li role="none">
          <FaultAlert error={query.error} title="This folder could not be read" onRetry={() => void query.refetch()} />
        </li>
      );
    return (
      <li role="none" style={indent}>
        <Skeleton height={16} width="70%" my={5} />
      </li>
    );
  }
  const { entries, truncated } = query.data;
  if (entries.length === 0) {
    return (
      <li role="none" style={indent}>
        <Text size="xs" c="dimmed" py={4}>
          {level > 1
            ? "empty"
            : actions.onRemove === null
              ? "No files yet."
              : "No files yet. Make one with the button above."}
        </Text>
      </li>
    );
  }
  return (
    <>
      {sorted.map((entry, index) => {
        const full = path === "" ? entry.name : `${path}/${entry.name}`;
        const open = entry.kind === "directory" && shared.expanded.has(full);
        return (
          <FileRow
            key={entry.name}
            path={full}
            entry={entry}
            level={level}
            open={open}
            active={shared.active === full}
            inTabOrder={focused === null ? level === 1 && index === 0 : focused === full}
            actions={actions}
          >
            {open && <Level project={project} path={full} level={level + 1} {...shared} />}
          </FileRow>
        );
      })}
      {truncated && (
        <li role="none" style={indent}>
          <Text size="xs" c="dimmed" py={4}>
            There are more files than are listed here.
          </Text>
        </li>
      )}
    </>
  );
}

/** Moves the focus among the rows that are on the screen, in their order. */
function walk(event: KeyboardEvent<HTMLUListElement>): void {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=treeitem]")];
  const here = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=treeitem]") : null;
  const at = here === null ? -1 : rows.indexOf(here);
  const to: Record<string, HTMLElement | undefined> = {
    ArrowDown: rows[at + 1],
    ArrowUp: rows[at - 1],
    Home: rows[0],
    End: rows.at(-1),
  };
  if (!Object.hasOwn(to, event.key)) return;
  event.preventDefault();
  to[event.key]?.focus();
}
