import type { ReactNode } from "react";
import styles from "./panel.module.css";

/** A bordered surface for tables and lists; wide content scrolls inside it. */
export function Panel({ children }: { children: ReactNode }) {
  return (
    <div className={styles.panel}>
      <div className={styles.scroll}>{children}</div>
    </div>
  );
}
