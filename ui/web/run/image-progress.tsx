import { Loader, Text } from "@mantine/core";
import type { RuntimeView } from "../../../kernel/abi/index.ts";
import { useRuntimes } from "../api/queries.ts";
import styles from "./run-result.module.css";

/** What the build of a runtime's image does while a run waits for it. A runtime is built when it is first needed. */
export function ImageProgress({ runtime: { name } }: { runtime: RuntimeView }) {
  const { data } = useRuntimes({ watched: true });
  const runtime = data?.find((one) => one.name === name);
  if (runtime?.state !== "building") return null;
  return (
    <div className={styles.progress} data-testid="image-progress">
      <Loader size={14} aria-hidden />
      <div className={styles.progressText}>
        <Text size="xs" role="status">
          {runtime.title} is made ready. The first time this takes a while.
        </Text>
        <Text size="xs" c="dimmed" className={styles.step} title={runtime.progress ?? undefined}>
          {runtime.progress}
        </Text>
      </div>
    </div>
  );
}
