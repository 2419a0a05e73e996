import { Center, Loader, Stack } from "@mantine/core";
import { useEffect } from "react";
import { FaultAlert } from "../parts/fault-alert.tsx";
import { useSessionStore } from "../session/session-context.tsx";
import type { SessionState } from "../session/session-store.ts";
import { Logo } from "./logo.tsx";

const retryMs = 3_000;

/** Before it is known who is signed in. While the server cannot be reached it is asked again by itself. */
export function Starting({ session }: { session: SessionState }) {
  const store = useSessionStore();
  useEffect(() => {
    if (session.phase !== "unreachable") return undefined;
    const timer = setTimeout(() => void store.refresh(), retryMs);
    return () => clearTimeout(timer);
  }, [session, store]);
  return (
    <Center h="100vh" p="lg" component="main">
      <Stack align="center" maw={440}>
        <Logo size={32} />
        {session.phase === "unreachable" ? (
          <FaultAlert error={session.fault} title="SuperOS does not answer" onRetry={() => void store.refresh()} />
        ) : (
          <Loader size="sm" aria-label="Loading" />
        )}
      </Stack>
    </Center>
  );
}
