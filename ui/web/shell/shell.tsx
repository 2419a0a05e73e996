import { useEffect, useRef } from "react";
import { AuditPage } from "../audit/audit-page.tsx";
import { ChannelsPage } from "../channels/channels-page.tsx";
import { MembersPage } from "../people/members-page.tsx";
import { UsersPage } from "../people/users-page.tsx";
import { ProcessesPage } from "../processes/processes-page.tsx";
import { ProjectsPage } from "../project-list/projects-page.tsx";
import { useRouter } from "../router/router.tsx";
import type { Route } from "../router/route.ts";
import { RuntimesPage } from "../runtimes/runtimes-page.tsx";
import { StatusPage } from "../status/status-page.tsx";
import { TokensPage } from "../tokens/tokens-page.tsx";
import { WorkspacePage } from "../workspace/workspace-page.tsx";
import { Header } from "./header.tsx";
import { LostBanner } from "./lost-banner.tsx";
import { MissingPage } from "./missing-page.tsx";
import { Navigation } from "./navigation.tsx";
import styles from "./shell.module.css";

/** The frame around every page of somebody who is signed in. A new page takes the focus, so that it is read out. */
export function Shell() {
  const { route } = useRouter();
  const main = useRef<HTMLElement>(null);
  const place = "id" in route ? `${route.page} ${route.id}` : route.page;
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) main.current?.focus();
    first.current = false;
  }, [place]);
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <Header />
      <Navigation />
      <main className={styles.main} id="main" tabIndex={-1} ref={main}>
        <LostBanner />
        <div className={styles.content}>
          <CurrentPage route={route} />
        </div>
      </main>
    </div>
  );
}

function CurrentPage({ route }: { route: Route }) {
  switch (route.page) {
    case "signin":
      return null;
    case "projects":
      return <ProjectsPage />;
    case "project":
      return <WorkspacePage key={route.id} project={route.id} />;
    case "members":
      return <MembersPage key={route.id} project={route.id} />;
    case "channels":
      return <ChannelsPage key={route.id} project={route.id} />;
    case "processes":
      return <ProcessesPage selected={route.pid} />;
    case "audit":
      return <AuditPage />;
    case "runtimes":
      return <RuntimesPage />;
    case "status":
      return <StatusPage />;
    case "tokens":
      return <TokensPage />;
    case "users":
      return <UsersPage />;
    case "missing":
      return <MissingPage />;
    default:
      return route satisfies never;
  }
}
