import { Collapse, UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useId } from "react";
import type { ReactNode } from "react";
import styles from "./fold.module.css";

/** A section that folds away, with a line that says what is in it. Whether it is open is kept by whoever shows it. */
interface FoldProps {
  title: string;
  summary: string;
  /** Whether something in it needs attention; then it says so also while it is closed. */
  problem?: boolean;
  open: boolean;
  onToggle: (open: boolean) => void;
  children: ReactNode;
  testId: string;
}

export function Fold({ title, summary, problem = false, open, onToggle, children, testId }: FoldProps) {
  const id = useId();
  return (
    <section aria-label={title}>
      <UnstyledButton
        className={styles.head}
        aria-expanded={open}
        aria-controls={id}
        onClick={() => onToggle(!open)}
        data-testid={testId}
      >
        <IconChevronRight size={14} className={styles.chevron} data-open={open} aria-hidden />
        <span className={styles.title}>{title}</span>
        <span className={styles.summary} data-problem={problem} title={summary} data-testid={`${testId}-summary`}>
          {problem ? "needs correction" : summary}
        </span>
      </UnstyledButton>
      <Collapse id={id} expanded={open} transitionDuration={120} keepMountedMode="display-none">
        <div className={styles.body}>{children}</div>
      </Collapse>
    </section>
  );
}
