import type { Diagnostic } from "../../diagnostics/diagnostic.ts";

/** What is wrong, by file, in the order in which the output names the files. Pure. */
export interface FileErrors {
  /** A path within the project, an absolute one elsewhere, or `null` for what names no file. */
  file: string | null;
  diagnostics: readonly Diagnostic[];
}

export function groupByFile(diagnostics: readonly Diagnostic[]): FileErrors[] {
  const groups = Map.groupBy(diagnostics, ({ file }) => file);
  return [...groups].map(([file, some]) => ({ file, diagnostics: some }));
}

/** Whether the editor can show it. */
export const opensIn = (file: string | null): file is string => file !== null && !file.startsWith("/");

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** How many there are, for people: notes belong to what stands above them and are not counted. */
export function countText(diagnostics: readonly Diagnostic[]): string {
  const warnings = diagnostics.filter(({ kind }) => kind === "warning").length;
  const errors = diagnostics.filter(({ kind }) => kind === "error" || kind === "traceback").length;
  const counted = [
    ...(errors > 0 || warnings === 0 ? [plural(errors, "error")] : []),
    ...(warnings > 0 ? [plural(warnings, "warning")] : []),
  ];
  return counted.join(", ");
}
