import {
  ActionIcon,
  Button,
  Kbd,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  Text,
  Textarea,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { IconArrowBackUp, IconPlayerPlay } from "@tabler/icons-react";
import type { QuotaKind, RuntimeView } from "../../../kernel/abi/index.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import styles from "../workspace/workspace.module.css";
import { permissionTexts, unavailablePermissions } from "./permissions.ts";
import type { Permission } from "./permissions.ts";
import { shownQuotas } from "./run-defaults.ts";
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
          <Textarea
            label="Command"
            size="xs"
            autosize
            minRows={1}
            maxRows={6}
            placeholder="Open a file to run it, or type a command"
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
          <Permissions form={form} />
          <Limits form={form} />
        </Stack>
      </div>
      <div className={styles.runFoot}>
        <Stack gap="xs">
          {error !== null && <FaultAlert error={error} title="It was not started" />}
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
    </section>
  );
}

const offered: readonly Permission[] = ["FS_READ", "FS_WRITE"];

function Permissions({ form }: { form: RunForm }) {
  return (
    <fieldset className={styles.fieldset}>
      <legend>The program may</legend>
      <Stack gap="sm">
        {offered.map((permission) => {
          const { name, capability, explanation } = permissionTexts[permission];
          return (
            <Switch
              key={permission}
              size="xs"
              label={name}
              description={explanation}
              title={capability}
              checked={form.permissions.has(permission)}
              onChange={(event) => form.setPermission(permission, event.currentTarget.checked)}
              data-testid={`cap-toggle-${permission}`}
            />
          );
        })}
        {unavailablePermissions.map(({ name, capability, explanation }) => (
          <Switch
            key={capability}
            size="xs"
            label={`${name} (not available yet)`}
            description={explanation}
            title={capability}
            checked={false}
            disabled
            readOnly
            data-testid={`cap-toggle-${capability}`}
          />
        ))}
      </Stack>
    </fieldset>
  );
}

const limitTexts: Record<QuotaKind, { label: string; example: string }> = {
  CPU: { label: "CPU cores", example: "0.5 or 2" },
  MEM: { label: "Memory", example: "512Mi or 2Gi" },
  PIDS: { label: "Processes", example: "64" },
  TIME: { label: "Time", example: "30s, 15m or 2h" },
  OUT: { label: "Kept output", example: "16Mi" },
  DISK: { label: "Disk", example: "1Gi" },
};

function Limits({ form }: { form: RunForm }) {
  return (
    <fieldset className={styles.fieldset}>
      <legend>Limits</legend>
      <SimpleGrid cols={2} spacing="xs" verticalSpacing="xs">
        {shownQuotas.map((kind) => (
          <TextInput
            key={kind}
            size="xs"
            label={limitTexts[kind].label}
            placeholder={limitTexts[kind].example}
            title={`${kind}, for example ${limitTexts[kind].example}`}
            value={form.quotas[kind] ?? ""}
            onChange={(event) => form.setQuota(kind, event.currentTarget.value)}
            error={form.quotaProblems[kind]}
            data-testid={`quota-${kind}`}
          />
        ))}
      </SimpleGrid>
    </fieldset>
  );
}
