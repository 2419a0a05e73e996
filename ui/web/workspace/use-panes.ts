import { useMediaQuery } from "@mantine/hooks";
import type { UseSplitterReturnValue } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";

/** Which of the panes beside the editor are hidden. On a narrow screen the explorer starts hidden; a hidden pane takes no focus. */
export function usePanes() {
  const ref = useRef<UseSplitterReturnValue | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<number>>(new Set());
  const narrow = useMediaQuery("(max-width: 900px)");
  useEffect(() => {
    if (narrow) ref.current?.collapse(0);
  }, [narrow]);
  return {
    ref,
    toggle: (pane: number) => ref.current?.toggleCollapse(pane),
    isHidden: (pane: number) => hidden.has(pane),
    onCollapse: (pane: number, collapsed: boolean) =>
      setHidden((before) => {
        const after = new Set(before);
        if (collapsed) after.add(pane);
        else after.delete(pane);
        return after;
      }),
  };
}
