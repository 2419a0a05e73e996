import { Button, Group, Skeleton, TextInput, Tooltip } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { IconCornerDownLeft } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import type { FormEvent } from "react";
import type { Pid, ProcessView } from "../../../kernel/abi/index.ts";
import { stdinAnswer } from "../api/answers.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { notifyFault } from "../parts/notify-fault.ts";
import { hasEnded } from "../parts/process-facts.ts";
import styles from "./process-output.module.css";

const OutputTerminal = lazy(async () => ({ default: (await import("./output-terminal.tsx")).OutputTerminal }));

const ProcessTerminal = lazy(async () => ({
  default: (await import("../terminal/process-terminal.tsx")).ProcessTerminal,
}));

/** A process's terminal, or its output, and while it runs a line for its input. */
export function ProcessOutput({ process, autoFocus = false }: { process: ProcessView; autoFocus?: boolean }) {
  if (process.tty !== null) {
    return (
      <Suspense fallback={<Skeleton h="100%" radius={0} />}>
        <ProcessTerminal key={process.pid} process={process} size={process.tty} autoFocus={autoFocus} />
      </Suspense>
    );
  }
  return (
    <div className={styles.output}>
      <div className={styles.screen}>
        <Suspense fallback={<Skeleton h="100%" radius={0} />}>
          <OutputTerminal key={process.pid} pid={process.pid} />
        </Suspense>
      </div>
      {!hasEnded(process) && <InputLine key={process.pid} pid={process.pid} />}
    </div>
  );
}

function InputLine({ pid }: { pid: Pid }) {
  const api = useApi();
  const [line, setLine] = useState("");
  const [closed, setClosed] = useState(false);
  const send = useMutation({
    mutationFn: ({ text, end }: { text: string; end: boolean }) =>
      api.json(stdinAnswer, paths.stdin(pid, end), {
        method: "POST",
        body: new TextEncoder().encode(text),
        headers: { "content-type": "application/octet-stream" },
      }),
    onSuccess: (_answer, { end }) => (end ? setClosed(true) : setLine("")),
    onError: notifyFault,
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send.mutate({ text: `${line}\n`, end: false });
  };
  return (
    <form onSubmit={submit} className={styles.input}>
      <TextInput
        flex={1}
        size="xs"
        aria-label="Input for the program"
        placeholder={closed ? "Its input is closed" : "Type a line of input and press Enter"}
        value={line}
        disabled={closed}
        onChange={(event) => setLine(event.currentTarget.value)}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        data-testid="stdin-line"
      />
      <Group gap={6} wrap="nowrap">
        <Button
          type="submit"
          size="xs"
          variant="default"
          disabled={closed}
          loading={send.isPending}
          leftSection={<IconCornerDownLeft size={14} aria-hidden />}
          data-testid="stdin-send"
        >
          Send
        </Button>
        <Tooltip label="Closes the program's input: it reads end-of-file">
          <Button
            size="xs"
            variant="default"
            disabled={closed}
            onClick={() => send.mutate({ text: "", end: true })}
            data-testid="stdin-eof"
          >
            End input
          </Button>
        </Tooltip>
      </Group>
    </form>
  );
}
