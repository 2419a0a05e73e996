import type { FileEntry } from "../../../kernel/abi/index.ts";

/** What a row of the tree can do. The same object for every row and every drawing, so that rows are drawn only when they change. */
export interface TreeActions {
  onToggle: (path: string) => void;
  onFocus: (path: string | null) => void;
  onOpen: (path: string, entry: FileEntry) => void;
  /** `null` for somebody who may not change files. */
  onRemove: ((path: string, entry: FileEntry) => void) | null;
}
