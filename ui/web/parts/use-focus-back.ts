import { useEffect, useState } from "react";

/** For a dialog that is drawn only while it is open: what had the focus before has it again when the dialog goes. */
export function useFocusBack(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    },
    [before],
  );
}
