import { ActionIcon, Loader, Tooltip } from "@mantine/core";
import { IconDeviceFloppy, IconPointFilled, IconX } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { KeyboardEvent } from "react";
import { DiscardModal } from "./discard-modal.tsx";
import styles from "./workspace.module.css";
import type { Tab, Workspace, WorkspaceState } from "./workspace.ts";

/** The tabs of the open files. A dot says that a file has changes that are not saved. */
interface EditorTabsProps {
  workspace: Workspace;
  state: WorkspaceState;
  onSave: (path: string) => void;
}

const isDirty = ({ content }: Tab): boolean => content.kind === "text" && content.dirty;

export function EditorTabs({ workspace, state, onSave }: EditorTabsProps) {
  const [closing, setClosing] = useState<string | null>(null);
  const shown = useRef<HTMLDivElement>(null);
  const active = state.tabs.find(({ path }) => path === state.active);
  const kind = active?.content.kind;
  // A file that is there brings a button, which takes room from the tabs.
  useEffect(() => {
    shown.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [state.active, kind]);
  const close = (tab: Tab): void => (isDirty(tab) ? setClosing(tab.path) : workspace.close(tab.path));
  const keys = (event: KeyboardEvent<HTMLElement>, tab: Tab): void => {
    if (event.key === "Delete") close(tab);
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    const all = [...(event.currentTarget.closest("[role=tablist]")?.querySelectorAll<HTMLElement>("[role=tab]") ?? [])];
    const next = all[all.indexOf(event.currentTarget) + (event.key === "ArrowRight" ? 1 : -1)];
    next?.focus();
    next?.click();
  };
  return (
    <div className={styles.tabBar}>
      <div className={styles.tabs} role="tablist" aria-label="Open files">
        {state.tabs.map((tab) => (
          <div
            key={tab.path}
            ref={tab.path === state.active ? shown : null}
            className={styles.tab}
            data-active={tab.path === state.active}
            role="presentation"
          >
            <button
              type="button"
              role="tab"
              className={styles.tabButton}
              aria-selected={tab.path === state.active}
              tabIndex={tab.path === state.active ? 0 : -1}
              title={tab.path}
              onClick={() => workspace.activate(tab.path)}
              onAuxClick={(event) => event.button === 1 && close(tab)}
              onKeyDown={(event) => keys(event, tab)}
              data-testid="editor-tab"
            >
              {tab.path.slice(tab.path.lastIndexOf("/") + 1)}
              {isDirty(tab) && <IconPointFilled size={12} aria-label="not saved" data-testid="dirty" />}
            </button>
            <ActionIcon size={20} aria-label={`Close ${tab.path}`} tabIndex={-1} onClick={() => close(tab)}>
              <IconX size={13} />
            </ActionIcon>
          </div>
        ))}
      </div>
      {active?.content.kind === "text" && (
        <Tooltip label="Save (Ctrl+S)">
          <ActionIcon
            aria-label={`Save ${active.path}`}
            disabled={!isDirty(active) || active.saving}
            onClick={() => onSave(active.path)}
            data-testid="save"
          >
            {active.saving ? <Loader size={14} /> : <IconDeviceFloppy size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
      {closing !== null && (
        <DiscardModal
          path={closing}
          onClose={() => setClosing(null)}
          onDiscard={() => {
            workspace.close(closing);
            setClosing(null);
          }}
        />
      )}
    </div>
  );
}
