import { Alert, Button, Center, Code, Paper, PasswordInput, Stack, Text, Title } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { useState } from "react";
import type { FormEvent } from "react";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { useSessionStore } from "../session/session-context.tsx";
import type { SessionState } from "../session/session-store.ts";
import { Logo } from "../shell/logo.tsx";

/** Signing in by API token, and what to do when a link did not work. */
type SignedOut = Extract<SessionState, { phase: "signed_out" }>;

export function SignInPage({ session }: { session: SignedOut }) {
  const store = useSessionStore();
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (token.trim() === "") return;
    setBusy(true);
    await store.signIn({ token: token.trim() });
    setBusy(false);
  };

  return (
    <Center mih="100vh" p="lg" component="main" bg="var(--surface-sunken)">
      <title>Sign in - SuperOS</title>
      <Stack w="100%" maw={420} gap="lg">
        <Center>
          <Logo size={32} />
        </Center>
        <Paper withBorder p="xl" radius="md" bg="var(--surface-raised)">
          <form onSubmit={(event) => void submit(event)}>
            <Stack gap="md">
              <Title order={1} fz="lg">
                Sign in
              </Title>
              <Reason session={session} />
              <PasswordInput
                label="API token"
                description={
                  <>
                    Make one with: <br />
                    <Code>npx superos token create --name NAME</Code>
                  </>
                }
                placeholder="sos_..."
                autoComplete="current-password"
                spellCheck={false}
                value={token}
                onChange={(event) => setToken(event.currentTarget.value)}
                data-testid="signin-token"
                autoFocus
              />
              <Button type="submit" fullWidth loading={busy} disabled={token.trim() === ""} data-testid="signin-submit">
                Sign in
              </Button>
            </Stack>
          </form>
        </Paper>
        <Text size="sm" c="dimmed" ta="center">
          Or open the sign-in link that SuperOS printed when it started. Each start prints a new one.
        </Text>
      </Stack>
    </Center>
  );
}

function Reason({ session }: { session: SignedOut }) {
  const note = { color: "gray", variant: "light", icon: <IconInfoCircle size={18} aria-hidden />, role: "status" };
  switch (session.why) {
    case "new":
      return null;
    case "left":
      return <Alert {...note}>You are signed out. What you started keeps running.</Alert>;
    case "ended":
      return <Alert {...note}>Your session has ended. Sign in again; what you started keeps running.</Alert>;
    case "token_refused":
      return <FaultAlert error={session.fault} title="The token was not accepted" />;
    case "code_refused":
      if (session.fault.code !== "denied")
        return <FaultAlert error={session.fault} title="You could not be signed in" />;
      return (
        <Alert
          color="red"
          variant="light"
          title="This sign-in link does not work any more"
          role="alert"
          data-testid="fault"
        >
          <Text size="sm">
            A link works once and for a limited time. Start SuperOS again for a new one, or paste an API token below.
          </Text>
        </Alert>
      );
    default:
      return session satisfies never;
  }
}
