import { Button, EmptyState, Skeleton } from "@mantine/core";
import { IconDownload, IconFileCode, IconFileUnknown } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { downloadHref, paths } from "../api/paths.ts";
import { readableBytes } from "../parts/format-amount.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { EditorTabs } from "./editor-tabs.tsx";
import { isSvg, pictureLimitBytes, pictureType } from "./picture-file.ts";
import { Drawing, Picture } from "./picture.tsx";
import { editLimitBytes } from "./text-file.ts";
import styles from "./workspace.module.css";
import type { Tab, Target, Workspace, WorkspaceState } from "./workspace.ts";

const CodeEditor = lazy(async () => ({ default: (await import("./code-editor.tsx")).CodeEditor }));

/** The open files: their tabs, and the one that is shown. */
interface EditorPaneProps {
  workspace: Workspace;
  state: WorkspaceState;
  readOnly: boolean;
  onSave: (path: string) => void;
}

export function EditorPane({ workspace, state, readOnly, onSave }: EditorPaneProps) {
  const tab = state.tabs.find(({ path }) => path === state.active);
  return (
    <section className={styles.editorPane} aria-label="Editor">
      {state.tabs.length > 0 && <EditorTabs workspace={workspace} state={state} onSave={onSave} />}
      <div className={styles.editorBody} role={tab === undefined ? undefined : "tabpanel"} aria-label={tab?.path}>
        {tab === undefined ? (
          <EmptyState
            h="100%"
            style={{ justifyContent: "center" }}
            icon={<IconFileCode size={36} stroke={1.4} />}
            title="No file is open"
            description="Choose one in the explorer to read or change it."
          />
        ) : (
          <TabBody workspace={workspace} tab={tab} target={state.target} readOnly={readOnly} />
        )}
      </div>
    </section>
  );
}

interface TabBodyProps {
  workspace: Workspace;
  tab: Tab;
  target: Target | null;
  readOnly: boolean;
}

const tooLarge = (path: string): string =>
  `This file is larger than ${readableBytes(pictureType(path) === null ? editLimitBytes : pictureLimitBytes)}`;

function Download({ href, path }: { href: string; path: string }) {
  return (
    <Button
      component="a"
      href={href}
      download={path.slice(path.lastIndexOf("/") + 1)}
      size="xs"
      variant="default"
      leftSection={<IconDownload size={16} aria-hidden />}
      data-testid="file-download"
    >
      Download
    </Button>
  );
}

function TabBody({ workspace, tab, target, readOnly }: TabBodyProps) {
  const { path, content } = tab;
  const download = <Download href={downloadHref(paths.content(workspace.project, path))} path={path} />;
  switch (content.kind) {
    case "loading":
      return <Skeleton h="100%" radius={0} aria-label="Loading" />;
    case "failed":
      return (
        <div className={styles.padded}>
          <FaultAlert
            error={content.fault}
            title="The file could not be read"
            onRetry={() => void workspace.reload(path)}
          />
        </div>
      );
    case "uneditable":
      return (
        <EmptyState
          h="100%"
          style={{ justifyContent: "center" }}
          icon={<IconFileUnknown size={36} stroke={1.4} />}
          title={content.why === "large" ? tooLarge(path) : "This file is not text"}
          description="It cannot be edited here. Download it, or run it where a runtime reads such files."
        >
          <EmptyState.Actions>{download}</EmptyState.Actions>
        </EmptyState>
      );
    case "picture":
      return <Picture path={path} address={content.address} bytes={content.bytes} download={download} />;
    case "text": {
      const editor = (
        <Suspense fallback={<Skeleton h="100%" radius={0} />}>
          <CodeEditor workspace={workspace} path={path} content={content} target={target} readOnly={readOnly} />
        </Suspense>
      );
      return isSvg(path) ? <Drawing path={path} text={content.text} editor={editor} /> : editor;
    }
    default:
      return content satisfies never;
  }
}
