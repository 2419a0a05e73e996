import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider, useQueryClient } from "@tanstack/react-query";
import type { QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { ApiProvider } from "./api/api-context.tsx";
import type { ApiClient } from "./api/api-client.ts";
import { LiveProvider } from "./live/live-context.tsx";
import { RouterProvider, useRouter } from "./router/router.tsx";
import { SessionProvider, useSession } from "./session/session-context.tsx";
import type { SessionStore } from "./session/session-store.ts";
import { Shell } from "./shell/shell.tsx";
import { Starting } from "./shell/starting.tsx";
import { SignInPage } from "./signin/sign-in-page.tsx";
import { theme } from "./theme/theme.ts";
import { WorkspacesProvider } from "./workspace/workspaces-context.tsx";

/** Everything that every page stands on, and the one decision above all pages: is somebody signed in? */
export function App({ api, session, queries }: { api: ApiClient; session: SessionStore; queries: QueryClient }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queries}>
        <ApiProvider value={api}>
          <SessionProvider value={session}>
            <RouterProvider>
              <Door />
            </RouterProvider>
          </SessionProvider>
        </ApiProvider>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Door() {
  const session = useSession();
  const queries = useQueryClient();
  const { route, navigate } = useRouter();
  const { phase } = session;
  useEffect(() => {
    // What one person read is not kept for the next.
    if (phase === "signed_out") queries.clear();
    if (phase === "signed_in" && route.page === "signin") navigate({ page: "projects" }, { replace: true });
  }, [phase, route.page, navigate, queries]);

  switch (session.phase) {
    case "loading":
    case "unreachable":
      return <Starting session={session} />;
    case "signed_out":
      return <SignInPage session={session} />;
    case "signed_in":
      return (
        <LiveProvider>
          <WorkspacesProvider>
            <Shell />
          </WorkspacesProvider>
        </LiveProvider>
      );
    default:
      return session satisfies never;
  }
}
