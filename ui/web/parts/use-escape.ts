import { useEffect, useRef } from "react";

const layers = "[role=dialog], [role=alertdialog], [role=menu], [role=listbox]";

/**
 * Closes a drawer by Escape, unless a dialog or a menu lies above it: then the key is theirs alone. It listens from the
 * beginning, before anything that opens later, so that it sees what is open when the key is pressed.
 */
export function useEscape(opened: boolean, onEscape: () => void): void {
  const latest = useRef({ opened, onEscape });
  useEffect(() => {
    latest.current = { opened, onEscape };
  });
  useEffect(() => {
    const keys = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.isComposing || !latest.current.opened) return;
      if (document.querySelectorAll(layers).length <= 1) latest.current.onEscape();
    };
    window.addEventListener("keydown", keys, { capture: true });
    return () => window.removeEventListener("keydown", keys, { capture: true });
  }, []);
}
