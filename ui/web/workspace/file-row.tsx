import { ActionIcon } from "@mantine/core";
import {
  IconChevronDown,
  IconChevronRight,
  IconFile,
  IconFolder,
  IconLink,
  IconQuestionMark,
  IconTrash,
} from "@tabler/icons-react";
import type { Icon } from "@tabler/icons-react";
import { memo } from "react";
import type { KeyboardEvent, ReactNode } from "react";
import type { FileEntry } from "../../../kernel/abi/index.ts";
import { readableBytes } from "../parts/format-amount.ts";
import type { TreeActions } from "./tree-actions.ts";
import styles from "./file-tree.module.css";

/** One file or folder in the tree. Links are shown and never followed. */
interface FileRowProps {
  path: string;
  entry: FileEntry;
  level: number;
  open: boolean;
  active: boolean;
  inTabOrder: boolean;
  actions: TreeActions;
  children: ReactNode;
}

const icons: Record<FileEntry["kind"], Icon> = {
  file: IconFile,
  directory: IconFolder,
  link: IconLink,
  other: IconQuestionMark,
};

export const FileRow = memo(function FileRow({
  path,
  entry,
  level,
  open,
  active,
  inTabOrder,
  actions,
  children,
}: FileRowProps) {
  const isFolder = entry.kind === "directory";
  const Symbol = icons[entry.kind];
  const use = (): void => {
    if (isFolder) actions.onToggle(path);
    else if (entry.kind === "file") actions.onOpen(path, entry);
  };
  const keys = (event: KeyboardEvent<HTMLLIElement>): void => {
    if (event.target !== event.currentTarget) return;
    const handled: Record<string, () => void> = {
      Enter: use,
      " ": use,
      Delete: () => actions.onRemove?.(path, entry),
      ArrowRight: () => {
        if (isFolder && !open) actions.onToggle(path);
        else event.currentTarget.querySelector<HTMLElement>("[role=treeitem]")?.focus();
      },
      ArrowLeft: () => {
        if (isFolder && open) actions.onToggle(path);
        else event.currentTarget.parentElement?.closest<HTMLElement>("[role=treeitem]")?.focus();
      },
    };
    const action = handled[event.key];
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  return (
    <li
      role="treeitem"
      aria-level={level}
      aria-expanded={isFolder ? open : undefined}
      aria-selected={active}
      aria-label={entry.kind === "link" ? `${entry.name}, a link` : entry.name}
      tabIndex={inTabOrder ? 0 : -1}
      className={styles.item}
      onKeyDown={keys}
      onFocus={(event) => event.target === event.currentTarget && actions.onFocus(path)}
      data-testid="file-item"
      data-path={path}
    >
      {/* The row is for the mouse; the keys are on the tree item around it. */}
      <div
        className={styles.row}
        data-active={active}
        data-quiet={entry.kind === "link" || entry.kind === "other"}
        style={{ paddingLeft: 8 + (level - 1) * 14 }}
        title={isFolder ? path : `${path} (${entry.kind === "file" ? readableBytes(entry.bytes) : entry.kind})`}
        onClick={use}
        role="presentation"
      >
        <span className={styles.chevron}>
          {isFolder && (open ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />)}
        </span>
        <Symbol size={15} stroke={1.6} className={styles.icon} aria-hidden />
        <span className="clip">{entry.name}</span>
        {actions.onRemove !== null && (
          <ActionIcon
            size={20}
            className={styles.remove}
            tabIndex={-1}
            aria-label={`Delete ${path}`}
            title="Delete"
            onClick={(event) => {
              event.stopPropagation();
              actions.onRemove?.(path, entry);
            }}
            data-testid="file-remove"
          >
            <IconTrash size={13} />
          </ActionIcon>
        )}
      </div>
      {open && (
        <ul role="group" className={styles.group}>
          {children}
        </ul>
      )}
    </li>
  );
});
