import type { FileEntry } from "../../../kernel/abi/index.ts";

/** What the tree knows of itself and what its rows can do: handed from the tree to each row. */
export interface TreeActions {
  expanded: ReadonlySet<string>;
  focused: string | null;
  active: string | null;
  onToggle: (path: string) => void;
  onFocus: (path: string) => void;
  onOpen: (path: string, entry: FileEntry) => void;
  onRemove: (path: string, entry: FileEntry) => void;
}
