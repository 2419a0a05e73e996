import { Button, Checkbox, Code, Group, Stack, Text, TextInput, Title, UnstyledButton } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { IconPlus } from "@tabler/icons-react";
import { useRef, useState } from "react";
import type { FormEvent } from "react";
import type { Pid, SlotView } from "../../../kernel/abi/index.ts";
import { grantedAnswer } from "../api/answers.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";
import { keys } from "../api/queries.ts";
import { FaultAlert } from "../parts/fault-alert.tsx";
import type { Rights } from "../session/rights.ts";
import styles from "./capabilities.module.css";
import { examineGrant, offers } from "./grantable.ts";

/** Hands a capability of one's own to a process that runs. */
interface GrantFormProps {
  pid: Pid;
  rights: Rights;
  onGranted: (slot: SlotView) => void;
}

export function GrantForm({ pid, rights, onGranted }: GrantFormProps) {
  const api = useApi();
  const queries = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [delegable, setDelegable] = useState(false);
  const examined = examineGrant(text);
  const grant = useMutation({
    mutationFn: (capability: string) =>
      api.json(grantedAnswer, paths.caps(pid), { method: "POST", json: { capability, delegable } }),
    onSuccess: async ({ slot }) => {
      setText("");
      onGranted(slot);
      input.current?.focus();
      await queries.invalidateQueries({ queryKey: keys.allCaps });
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (examined.kind === "sound" && !grant.isPending) grant.mutate(examined.capability);
  };
  const offered = offers.filter(({ kind }) => rights.holds(kind));
  return (
    <section aria-label="Grant">
      <Title order={3} mb={4}>
        Grant another
      </Title>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <TextInput
            label="Capability"
            placeholder="NET_CONNECT:example.org:443"
            description="It is derived from your own, and goes when yours goes."
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              grant.reset();
            }}
            error={examined.kind === "problem" ? examined.message : undefined}
            spellCheck={false}
            autoComplete="off"
            maxLength={512}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
            ref={input}
            data-testid="grant-capability"
          />
          <dl className={styles.offers}>
            {offered.map(({ kind, usage, meaning }) => (
              <div key={kind} className={styles.offer}>
                <dt>
                  <UnstyledButton
                    className={styles.usage}
                    aria-label={`Write ${kind}`}
                    onClick={() => {
                      setText(beginningOf(usage));
                      grant.reset();
                      input.current?.focus();
                    }}
                  >
                    <Code>{usage}</Code>
                  </UnstyledButton>
                </dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
          <Text size="xs" c="dimmed">
            Files and limits are settled when a process starts, and cannot be added to one that runs.
          </Text>
          {grant.error !== null && <FaultAlert error={grant.error} title="It was not granted" />}
          <Group justify="space-between">
            <Checkbox
              size="xs"
              label="It may hand it on to processes that it starts"
              checked={delegable}
              onChange={(event) => setDelegable(event.currentTarget.checked)}
              data-testid="grant-delegable"
            />
            <Button
              type="submit"
              size="xs"
              leftSection={<IconPlus size={14} aria-hidden />}
              disabled={examined.kind !== "sound"}
              loading={grant.isPending}
              data-testid="grant-submit"
            >
              Grant
            </Button>
          </Group>
        </Stack>
      </form>
    </section>
  );
}

/** The part of a usage that is written as it stands: `NET_CONNECT:` of `NET_CONNECT:host[:port]`. */
const beginningOf = (usage: string): string => /^[A-Z_]+(?::localhost|:(?=[a-z]))?/.exec(usage)?.[0] ?? usage;
