import { Code, Group, SimpleGrid, Stack, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import type { ReactNode } from "react";
import type { QuotaKind } from "../../../kernel/abi/index.ts";
import { Fold } from "../parts/fold.tsx";
import { kindOfSwitch, limitsSummary, quotasOf, rightsSummary } from "./authority.ts";
import type { Switch as Right } from "./authority.ts";
import type { RunForm } from "./use-run-form.ts";

/** What the program may do: files, network, limits, and for experts the table as text. It gets this and nothing else. */
const mono = { input: { fontFamily: "var(--mantine-font-family-monospace)" } };
const storedFold = (name: string, defaultValue: boolean) => ({
  key: `superos-fold-${name}`,
  defaultValue,
  getInitialValueInEffect: false,
});

export function AuthoritySection({ form }: { form: RunForm }) {
  const { authority, problems } = form;
  const [open, setOpen] = useLocalStorage(storedFold("authority", true));
  const bad = Object.keys(problems).length > 0;
  return (
    <Fold
      title="Authority"
      summary={rightsSummary(authority)}
      problem={bad && !open}
      open={open}
      onToggle={setOpen}
      testId="authority"
    >
      <Stack gap="sm">
        <Files form={form} />
        <Network form={form} />
        <Limits form={form} />
        <More form={form} />
      </Stack>
    </Fold>
  );
}

interface RightSwitchProps {
  form: RunForm;
  right: Right;
  name: string;
  explanation: string;
  children?: ReactNode;
}

function RightSwitch({ form, right, name, explanation, children }: RightSwitchProps) {
  const kind = kindOfSwitch[right];
  const lack = form.rights.lack(kind);
  const on = form.authority[right];
  return (
    <Stack gap={6}>
      <Switch
        size="xs"
        label={name}
        description={lack ?? explanation}
        title={kind}
        checked={on}
        disabled={lack !== undefined}
        onChange={(event) => form.turn(right, event.currentTarget.checked)}
        data-testid={`cap-toggle-${kind}`}
      />
      {on && children !== undefined && (
        <Stack gap={6} pl={42}>
          {children}
        </Stack>
      )}
    </Stack>
  );
}

function Files({ form }: { form: RunForm }) {
  const { authority, problems, say } = form;
  return (
    <>
      <RightSwitch
        form={form}
        right="reads"
        name="Read files"
        explanation="Without it the program sees no folder at all."
      >
        <TextInput
          size="xs"
          aria-label="Read only below this folder"
          placeholder="everything, or a folder: src/data"
          value={authority.readsBelow}
          onChange={(event) => say({ readsBelow: event.currentTarget.value })}
          error={problems.readsBelow}
          spellCheck={false}
          data-testid="reads-below"
        />
      </RightSwitch>
      <RightSwitch
        form={form}
        right="writes"
        name="Change files"
        explanation="Create, change and delete the project's files."
      >
        <TextInput
          size="xs"
          aria-label="Change only below this folder"
          placeholder="everything, or a folder: out"
          value={authority.writesBelow}
          onChange={(event) => say({ writesBelow: event.currentTarget.value })}
          error={problems.writesBelow}
          spellCheck={false}
          data-testid="writes-below"
        />
      </RightSwitch>
    </>
  );
}

function Network({ form }: { form: RunForm }) {
  const { authority, problems, say } = form;
  return (
    <>
      <RightSwitch
        form={form}
        right="serves"
        name="Serve on a port"
        explanation="Be seen in a preview, and by others of the project."
      >
        <SimpleGrid cols={2} spacing="xs">
          <TextInput
            size="xs"
            label="Port"
            placeholder="any"
            inputMode="numeric"
            value={authority.port}
            onChange={(event) => say({ port: event.currentTarget.value })}
            error={problems.port}
            data-testid="serves-port"
          />
          <TextInput
            size="xs"
            label="Name"
            placeholder="none"
            title="Other processes of the project connect to it by this name, with NET_CONNECT:name"
            value={authority.name}
            onChange={(event) => say({ name: event.currentTarget.value })}
            error={problems.name}
            maxLength={31}
            spellCheck={false}
            data-testid="serves-name"
          />
        </SimpleGrid>
      </RightSwitch>
      <RightSwitch
        form={form}
        right="connects"
        name="Reach the network"
        explanation="Connect to the hosts that you name, and to no other."
      >
        <Textarea
          size="xs"
          autosize
          minRows={1}
          maxRows={4}
          aria-label="Hosts that it may connect to"
          placeholder="pypi.org:443, *.debian.org, or *"
          value={authority.hosts}
          onChange={(event) => say({ hosts: event.currentTarget.value })}
          error={problems.hosts}
          spellCheck={false}
          styles={mono}
          data-testid="connects-hosts"
        />
      </RightSwitch>
    </>
  );
}

const limitTexts: Record<QuotaKind, { label: string; example: string }> = {
  CPU: { label: "CPU cores", example: "0.5 or 2" },
  MEM: { label: "Memory", example: "512Mi or 2Gi" },
  PIDS: { label: "Processes", example: "64" },
  TIME: { label: "Time", example: "30s, 15m or 2h" },
  OUT: { label: "Kept output", example: "16Mi" },
  DISK: { label: "New on disk", example: "1Gi" },
};

function Limits({ form }: { form: RunForm }) {
  const { authority, problems } = form;
  const [open, setOpen] = useLocalStorage(storedFold("limits", false));
  const shown = quotasOf(authority);
  return (
    <Fold
      title="Limits"
      summary={limitsSummary(authority)}
      problem={shown.some((kind) => problems[kind] !== undefined) && !open}
      open={open}
      onToggle={setOpen}
      testId="limits"
    >
      <SimpleGrid cols={2} spacing="xs" verticalSpacing="xs">
        {shown.map((kind) => (
          <TextInput
            key={kind}
            size="xs"
            label={limitTexts[kind].label}
            placeholder={limitTexts[kind].example}
            title={`${kind}, for example ${limitTexts[kind].example}`}
            value={authority.quotas[kind] ?? ""}
            onChange={(event) => form.setQuota(kind, event.currentTarget.value)}
            error={problems[kind]}
            data-testid={`quota-${kind}`}
          />
        ))}
      </SimpleGrid>
    </Fold>
  );
}

function More({ form }: { form: RunForm }) {
  const { authority, problems, table } = form;
  const [open, setOpen] = useLocalStorage(storedFold("more", false));
  const lines = authority.more.split("\n").filter((line) => line.trim() !== "").length;
  return (
    <Fold
      title="As text"
      summary={lines === 0 ? "for experts" : `${lines} more`}
      problem={problems.more !== undefined && !open}
      open={open}
      onToggle={setOpen}
      testId="more"
    >
      <Stack gap="xs">
        <Textarea
          size="xs"
          label="More capabilities, one on a line"
          autosize
          minRows={2}
          maxRows={8}
          placeholder={"PROC_SPAWN:python\nPROC_SIGNAL"}
          value={authority.more}
          onChange={(event) => form.say({ more: event.currentTarget.value })}
          error={problems.more}
          spellCheck={false}
          styles={mono}
          data-testid="more-capabilities"
        />
        <Text size="xs" c="dimmed">
          The whole table:
        </Text>
        <Group gap={4} data-testid="run-table">
          {table.map((capability) => (
            <Code key={capability} fz={11} style={{ overflowWrap: "anywhere" }}>
              {capability}
            </Code>
          ))}
        </Group>
      </Stack>
    </Fold>
  );
}
