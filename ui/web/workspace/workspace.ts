import type { EditorState, Text } from "@codemirror/state";
import { toFault } from "../../../kernel/abi/index.ts";
import type { Fault, ProjectId } from "../../../kernel/abi/index.ts";
import type { ApiClient } from "../api/api-client.ts";
import { writtenAnswer } from "../api/answers.ts";
import { paths } from "../api/paths.ts";
import { pictureAddress, pictureLimitBytes, pictureType } from "./picture-file.ts";
import { editLimitBytes, readText } from "./text-file.ts";

/**
 * The files of one project that are open in this page: tabs, their content, and what is not saved yet.
 *
 * A save names the version that was read, so it never overwrites what somebody else or a program wrote meanwhile,
 * unless the person says so. It outlives the page that shows it, so that looking elsewhere loses nothing.
 */
export type TabContent =
  | { kind: "loading" }
  | { kind: "failed"; fault: Fault }
  | { kind: "uneditable"; why: "binary" | "large" }
  | { kind: "picture"; address: string; bytes: number; version: string | null }
  /** `revision` counts the times that the text was replaced by what the server has. */
  | {
      kind: "text";
      text: string;
      lineSeparator: "\n" | "\r\n";
      version: string | null;
      revision: number;
      dirty: boolean;
    };

export interface Tab {
  path: string;
  content: TabContent;
  saving: boolean;
}

export interface WorkspaceState {
  tabs: readonly Tab[];
  active: string | null;
  /** The open files, the one first that was shown last. */
  recent: readonly string[];
  /** The file whose save found another version on the server. */
  conflict: string | null;
  /** Where in a file the editor is to go, once it shows the file. */
  target: Target | null;
}

/** A line and a column that count from 1; without them, the file alone. */
export interface Target {
  path: string;
  line: number | null;
  column: number | null;
}

/** What the editor holds of a tab: its present state, and the text that is saved. */
export interface OpenDocument {
  state: EditorState;
  saved: Text;
  revision: number;
}

const limitOf = (path: string): number => (pictureType(path) === null ? editLimitBytes : pictureLimitBytes);

const versionOf = (content: TabContent): string | null => ("version" in content ? content.version : null);

export class Workspace {
  readonly project: ProjectId;
  readonly documents = new Map<string, OpenDocument>();
  readonly #api: ApiClient;
  readonly #listeners = new Set<() => void>();
  #state: WorkspaceState = { tabs: [], active: null, recent: [], conflict: null, target: null };

  constructor(project: ProjectId, api: ApiClient) {
    this.project = project;
    this.#api = api;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): WorkspaceState => this.#state;

  get dirtyPaths(): string[] {
    return this.#state.tabs.filter(({ content }) => content.kind === "text" && content.dirty).map(({ path }) => path);
  }

  open(path: string, bytes: number | null): void {
    if (this.#tab(path) === undefined) {
      const large = bytes !== null && bytes > limitOf(path);
      const content: TabContent = large ? { kind: "uneditable", why: "large" } : { kind: "loading" };
      this.#set({ tabs: [...this.#state.tabs, { path, content, saving: false }] });
      if (!large) void this.reload(path);
    }
    this.activate(path);
  }

  activate(path: string): void {
    this.#set({ active: path, target: null, recent: [path, ...this.#state.recent.filter((one) => one !== path)] });
  }

  /** Opens a file at a place. */
  reveal(target: Target): void {
    this.open(target.path, null);
    this.#set({ target: { ...target } });
  }

  /** The editor is where it was to go. */
  arrived(target: Target): void {
    if (this.#state.target === target) this.#set({ target: null });
  }

  close(path: string): void {
    const { tabs, active, recent } = this.#state;
    const at = tabs.findIndex((tab) => tab.path === path);
    const left = tabs.filter((tab) => tab.path !== path);
    this.documents.delete(path);
    this.#set({ tabs: left, recent: recent.filter((one) => one !== path) });
    if (active !== path) return;
    const next = left[Math.min(at, left.length - 1)];
    if (next === undefined) this.#set({ active: null });
    else this.activate(next.path);
  }

  setDirty(path: string, dirty: boolean): void {
    this.#change(path, ({ content }) =>
      content.kind === "text" && content.dirty !== dirty ? { content: { ...content, dirty } } : {},
    );
  }

  /** Takes what the server has, in place of what is here. */
  async reload(path: string): Promise<void> {
    const content = await this.#read(path);
    this.#change(path, () => ({ content }));
    if (this.#state.conflict === path) this.dismissConflict();
  }

  /** After a program ran: tabs without changes of their own show what it wrote, but for what is too large to be shown. */
  async refreshClean(): Promise<void> {
    for (const { path, content } of this.#state.tabs) {
      const isLeft = content.kind === "loading" || (content.kind === "uneditable" && content.why === "large");
      if (isLeft || (content.kind === "text" && content.dirty)) continue;
      const fresh = await this.#read(path);
      const now = this.#tab(path)?.content;
      if (now === undefined || (now.kind === "text" && now.dirty)) continue;
      const version = versionOf(fresh);
      if (version === null || version !== versionOf(now)) this.#change(path, () => ({ content: fresh }));
    }
  }

  /** Saves a file as it stands in the editor. Faults: those of the server; a `conflict` is asked about first. */
  async save(path: string, { overwrite = false } = {}): Promise<void> {
    const tab = this.#tab(path);
    const document = this.documents.get(path);
    if (tab?.content.kind !== "text" || document === undefined || tab.saving) return;
    const { version } = tab.content;
    const { doc } = document.state;
    this.#change(path, () => ({ saving: true }));
    try {
      const written = await this.#api.json(writtenAnswer, paths.content(this.project, path), {
        method: "PUT",
        body: new TextEncoder().encode(document.state.sliceDoc()),
        headers: {
          "content-type": "application/octet-stream",
          ...(overwrite || version === null ? {} : { "if-match": `"${version}"` }),
        },
      });
      document.saved = doc;
      const dirty = !document.state.doc.eq(doc);
      this.#change(path, ({ content }) =>
        content.kind === "text" ? { content: { ...content, version: written.version, dirty } } : {},
      );
      this.dismissConflict();
    } catch (error) {
      if (toFault(error).code === "conflict") this.#set({ conflict: path });
      throw error;
    } finally {
      this.#change(path, () => ({ saving: false }));
    }
  }

  dismissConflict(): void {
    this.#set({ conflict: null });
  }

  async #read(path: string): Promise<TabContent> {
    try {
      const { bytes, version } = await this.#api.bytes(paths.content(this.project, path));
      if (bytes.byteLength > limitOf(path)) return { kind: "uneditable", why: "large" };
      const picture = pictureType(path);
      if (picture !== null) {
        return { kind: "picture", address: await pictureAddress(bytes, picture), bytes: bytes.byteLength, version };
      }
      const file = readText(bytes);
      if (file === null) return { kind: "uneditable", why: "binary" };
      const before = this.#tab(path)?.content;
      const revision = before?.kind === "text" ? before.revision + 1 : (this.documents.get(path)?.revision ?? 0) + 1;
      return { kind: "text", ...file, version, revision, dirty: false };
    } catch (error) {
      return { kind: "failed", fault: toFault(error) };
    }
  }

  #tab(path: string): Tab | undefined {
    return this.#state.tabs.find((tab) => tab.path === path);
  }

  #change(path: string, change: (tab: Tab) => Partial<Tab>): void {
    this.#set({ tabs: this.#state.tabs.map((tab) => (tab.path === path ? { ...tab, ...change(tab) } : tab)) });
  }

  #set(change: Partial<WorkspaceState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
