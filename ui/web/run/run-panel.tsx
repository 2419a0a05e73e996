import {
  ActionIcon,
  Alert,
  Button,
  Kbd,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { IconArrowBackUp, IconEye, IconPlayerPlay } from "@tabler/icons-react";
import type { RuntimeView } from "../../../kernel/abi/index.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import styles from "../workspace/workspace.module.css";
import { AuthoritySection } from "./authority-section.tsx";
import { ImageProgress } from "./image-progress.tsx";
import type { RunForm } from "./use-run-form.ts";

/** What to run, with which rights and within which limits. The program gets these and nothing else. */
interface RunPanelProps {
  form: RunForm;
  runtimes: readonly RuntimeView[];
  savesFirst: boolean;
  busy: boolean;
  error: unknown;
  onRun: () => void;
}

export function RunPanel({ form, runtimes, savesFirst, busy, error, onRun }: RunPanelProps) {
  return (
    <section className={styles.runPanel} aria-label="Run">
      <div className={styles.paneHead}>
        <Text size="xs" fw={600} c="dimmed">
          Run
        </Text>
      </div>
      {form.refusal !== undefined ? (
        <div className={styles.runBody}>
          <Alert
            color="gray"
            icon={<IconEye size={18} aria-hidden />}
            title="You can look, not run"
            data-testid="run-refused"
          >
            {form.refusal} An owner of the project can give you the role of a runner or an editor.
          </Alert>
        </div>
      ) : (
        <Form form={form} runtimes={runtimes} savesFirst={savesFirst} busy={busy} error={error} onRun={onRun} />
      )}
    </section>
  );
}

const planText = (planned: string, marker: string | null): string =>
  planned === "."
    ? `The project is built where ${marker ?? "its build file"} says so, and run. Type a command to run that instead.`
    : `${planned} is built where it has to be, and run. Type a command to run that instead.`;

/** A page is served, and seen only with the right to be connected to. */
function UnseenPage({ form }: { form: RunForm }) {
  const lack = form.rights.lack("NET_BIND");
  return (
    <Alert color="yellow" p="xs" data-testid="run-unseen">
      <Text size="xs">This serves a page, which nobody sees until it may serve on a port.</Text>
      <Button
        mt={6}
        size="compact-xs"
        variant="default"
        disabled={lack !== undefined}
        title={lack}
        onClick={form.showPage}
        data-testid="run-show-page"
      >
        Let it serve
      </Button>
    </Alert>
  );
}

function Form({ form, runtimes, savesFirst, busy, error, onRun }: RunPanelProps) {
  return (
    <>
      <div className={styles.runBody}>
        <Stack gap="md">
          <Select
            label="Runtime"
            size="xs"
            data={runtimes.map(({ name, title }) => ({ value: name, label: title }))}
            value={form.runtime?.name ?? null}
            onChange={form.setRuntime}
            placeholder={runtimes.length === 0 ? "No runtime is installed" : "Choose one"}
            allowDeselect={false}
            comboboxProps={{ withinPortal: true }}
            data-testid="run-runtime"
          />
          {form.project !== null && (
            <SegmentedControl
              size="xs"
              fullWidth
              aria-label="What to run"
              data={[
                { value: "file", label: "File" },
                { value: "project", label: "Project" },
              ]}
              value={form.runsProject ? "project" : "file"}
              onChange={form.setWish}
              data-testid="run-what"
            />
          )}
          <Textarea
            label="Command"
            size="xs"
            autosize
            minRows={1}
            maxRows={6}
            description={form.planned === null ? undefined : planText(form.planned, form.project)}
            placeholder={form.planned === null ? "Open a file to run it, or type a command" : "A command"}
            value={form.command}
            onChange={(event) => form.setCommand(event.currentTarget.value)}
            error={form.commandProblem}
            spellCheck={false}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
            rightSection={
              form.isDefaultCommand ? null : (
                <Tooltip label="Back to the open file's command">
                  <ActionIcon size="sm" aria-label="Back to the open file's command" onClick={form.resetCommand}>
                    <IconArrowBackUp size={14} />
                  </ActionIcon>
                </Tooltip>
              )
            }
            data-testid="run-argv"
          />
          {form.planned !== null && (
            <TextInput
              label="Arguments"
              size="xs"
              placeholder="none"
              value={form.arguments}
              onChange={(event) => form.setArguments(event.currentTarget.value)}
              error={form.argumentsProblem}
              spellCheck={false}
              styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
              data-testid="run-arguments"
            />
          )}
          {form.isUnseen && <UnseenPage form={form} />}
          <Switch
            size="xs"
            label="In the background"
            description="It makes way for what somebody waits for."
            checked={form.background}
            onChange={(event) => form.setBackground(event.currentTarget.checked)}
            data-testid="run-background"
          />
          <AuthoritySection form={form} />
        </Stack>
      </div>
      <div className={styles.runFoot}>
        <Stack gap="xs">
          {busy && form.runtime !== null && <ImageProgress runtime={form.runtime} />}
          {error !== null && <FaultAlert error={error} title="It was not run" />}
          <Button
            fullWidth
            loading={busy}
            disabled={form.request() === null}
            leftSection={<IconPlayerPlay size={16} aria-hidden />}
            onClick={onRun}
            data-testid="run-submit"
          >
            {savesFirst ? "Save and run" : "Run"}
          </Button>
          <Text size="xs" c="dimmed" ta="center">
            <Kbd size="xs">Ctrl</Kbd> <Kbd size="xs">Enter</Kbd>
          </Text>
        </Stack>
      </div>
    </>
  );
}
