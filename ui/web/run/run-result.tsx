import { SegmentedControl } from "@mantine/core";
import { useState } from "react";
import type { ProcessView } from "../../../kernel/abi/index.ts";
import { ProcessOutput } from "../output/process-output.tsx";
import { ResultsView } from "../results/results-view.tsx";
import { useResults } from "../results/use-results.ts";
import styles from "./run-result.module.css";

/** A run's output; where that holds tables, these, the same as text, or what the program wrote. */
interface RunResultProps {
  process: ProcessView;
  autoFocus: boolean;
}

type Form = "table" | "text" | "output";
const forms: { value: Form; label: string }[] = [
  { value: "table", label: "Table" },
  { value: "text", label: "Text" },
  { value: "output", label: "Output" },
];

export function RunResult({ process, autoFocus }: RunResultProps) {
  const run = useResults(process);
  const [form, setForm] = useState<Form>("table");
  if (run === null) return <ProcessOutput process={process} autoFocus={autoFocus} />;
  return (
    <div className={styles.result}>
      <div className={styles.choice}>
        <SegmentedControl
          size="xs"
          aria-label="Show the output as"
          data={forms}
          value={form}
          onChange={setForm}
          data-testid="output-form"
        />
      </div>
      <div className={styles.shown} data-form={form}>
        {form === "output" ? <ProcessOutput process={process} /> : <ResultsView run={run} asText={form === "text"} />}
      </div>
    </div>
  );
}
