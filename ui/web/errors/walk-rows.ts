import type { KeyboardEvent } from "react";

/** Up, down, Home and End go from one row of the list to the next, over the files between them. */
export function walkRows(event: KeyboardEvent<HTMLElement>): void {
  const list = event.currentTarget.closest("section");
  const rows = [...(list?.querySelectorAll<HTMLElement>("[data-error-row]") ?? [])];
  const at = rows.indexOf(event.currentTarget);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  rows[Math.max(0, Math.min(rows.length - 1, to))]?.focus();
}
