import { Loader } from "@mantine/core";
import { useLive } from "../live/live-context.tsx";
import styles from "./shell.module.css";

/** Says that what is shown may be old. What runs is not touched by a lost page. */
export function LostBanner() {
  const { link } = useLive();
  return (
    <div role="status" aria-live="polite" data-testid="connection-banner">
      {link === "lost" && (
        <div className={styles.banner}>
          <Loader size={14} color="yellow" aria-hidden />
          The connection to SuperOS is lost. Trying again; what runs keeps running.
        </div>
      )}
    </div>
  );
}
