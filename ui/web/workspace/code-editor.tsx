import { useComputedColorScheme } from "@mantine/core";
import { indentWithTab } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { json } from "@codemirror/lang-json";
import { markdown } from "@codemirror/lang-markdown";
import { python } from "@codemirror/lang-python";
import { Compartment, EditorState } from "@codemirror/state";
import type { Extension } from "@codemirror/state";
import { oneDark } from "@codemirror/theme-one-dark";
import { keymap } from "@codemirror/view";
import { basicSetup, EditorView } from "codemirror";
import { useEffect, useRef } from "react";
import styles from "./code-editor.module.css";
import type { TabContent, Target, Workspace } from "./workspace.ts";

/** The text of one tab. Each tab keeps its own undo history, selection and unsaved changes while others are shown. */
interface CodeEditorProps {
  workspace: Workspace;
  path: string;
  content: Extract<TabContent, { kind: "text" }>;
  /** Where to go, if it is in this file. */
  target: Target | null;
  /** For somebody who may not change files. */
  readOnly: boolean;
}

/** One compartment for all documents: a change of the look, or of what one may do, reaches whichever is shown. */
const look = new Compartment();
const writing = new Compartment();

const languages: Record<string, () => Extension> = {
  py: python,
  js: javascript,
  mjs: javascript,
  cjs: javascript,
  jsx: () => javascript({ jsx: true }),
  ts: () => javascript({ typescript: true }),
  mts: () => javascript({ typescript: true }),
  tsx: () => javascript({ typescript: true, jsx: true }),
  json,
  md: markdown,
  markdown,
};

const base = EditorView.theme({
  "&": { height: "100%", fontSize: "13px", backgroundColor: "var(--surface)" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.55" },
  ".cm-gutters": { backgroundColor: "var(--surface)", border: "none", color: "var(--text-dim)" },
  "&.cm-focused": { outline: "none" },
});

const lookOf = (scheme: "light" | "dark"): Extension => (scheme === "dark" ? [base, oneDark] : base);

export function CodeEditor({ workspace, path, content, target, readOnly }: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const scheme = useComputedColorScheme();
  const { revision, text, lineSeparator } = content;

  useEffect(() => {
    if (host.current === null) return undefined;
    const known = workspace.documents.get(path);
    if (known === undefined || known.revision !== revision) {
      const state = newState({ workspace, path, text, lineSeparator });
      workspace.documents.set(path, { state, saved: state.doc, revision });
    }
    const state = workspace.documents.get(path)?.state;
    if (state === undefined) return undefined;
    const editor = new EditorView({ state, parent: host.current });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, [workspace, path, revision, text, lineSeparator]);

  useEffect(() => {
    view.current?.dispatch({ effects: look.reconfigure(lookOf(scheme)) });
  }, [scheme, path, revision]);

  useEffect(() => {
    view.current?.dispatch({ effects: writing.reconfigure(EditorState.readOnly.of(readOnly)) });
  }, [readOnly, path, revision]);

  useEffect(() => {
    const editor = view.current;
    if (editor === null || target?.path !== path) return;
    goTo(editor, target);
    workspace.arrived(target);
  }, [workspace, path, revision, target]);

  return <div className={styles.editor} ref={host} data-testid="editor" data-path={path} />;
}

/** A place that the text does not have (any more) is the nearest one that it has. */
function goTo(editor: EditorView, { line, column }: Target): void {
  if (line !== null) {
    const { doc } = editor.state;
    const found = doc.line(Math.max(1, Math.min(line, doc.lines)));
    const at = Math.min(found.from + Math.max(0, (column ?? 1) - 1), found.to);
    editor.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
  }
  editor.focus();
}

interface NewDocument {
  workspace: Workspace;
  path: string;
  text: string;
  lineSeparator: string;
}

function newState({ workspace, path, text, lineSeparator }: NewDocument): EditorState {
  const ending = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  return EditorState.create({
    doc: text,
    extensions: [
      look.of(base),
      writing.of([]),
      basicSetup,
      keymap.of([indentWithTab]),
      EditorState.lineSeparator.of(lineSeparator),
      EditorView.contentAttributes.of({
        "aria-label": `Content of ${path}. Press Escape, then Tab, to leave the editor`,
      }),
      Object.hasOwn(languages, ending) ? (languages[ending]?.() ?? []) : [],
      EditorView.updateListener.of((update) => {
        const document = workspace.documents.get(path);
        if (document === undefined) return;
        document.state = update.state;
        if (update.docChanged) workspace.setDirty(path, !update.state.doc.eq(document.saved));
      }),
    ],
  });
}
