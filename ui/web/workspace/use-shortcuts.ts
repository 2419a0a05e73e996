import { useEffect, useRef } from "react";

/**
 * Keys that work with Ctrl or Cmd wherever the focus is, before the editor sees them; an open dialog keeps its own, and a
 * terminal that takes keys takes them all.
 */
export function useShortcuts(shortcuts: Readonly<Record<string, () => unknown>>): void {
  const latest = useRef(shortcuts);
  useEffect(() => {
    latest.current = shortcuts;
  });
  useEffect(() => {
    const keys = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      if (event.target instanceof Element && event.target.closest("[data-takes-keys]") !== null) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const shortcut = Object.hasOwn(latest.current, key) ? latest.current[key] : undefined;
      if (shortcut === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      if (document.querySelector("[role=dialog]") === null) shortcut();
    };
    window.addEventListener("keydown", keys, { capture: true });
    return () => window.removeEventListener("keydown", keys, { capture: true });
  }, []);
}
