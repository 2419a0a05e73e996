import { Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconFolders, IconHeartbeat, IconKey, IconListTree, IconShieldCheck } from "@tabler/icons-react";
import type { Icon } from "@tabler/icons-react";
import { useLink, useRouter } from "../router/router.tsx";
import type { Route } from "../router/route.ts";
import styles from "./shell.module.css";

/** The places of the product. On a narrow screen only their icons are seen; their names stay for readers. */
export function Navigation() {
  return (
    <nav className={styles.nav} aria-label="Main">
      <Place route={{ page: "projects" }} name="Projects" icon={IconFolders} also="project" />
      <Place route={{ page: "processes", pid: null }} name="Processes" icon={IconListTree} />
      <Place route={{ page: "audit" }} name="Audit" icon={IconShieldCheck} />
      <Place route={{ page: "status" }} name="Status" icon={IconHeartbeat} />
      <div className={styles.navLabel}>Settings</div>
      <Place route={{ page: "tokens" }} name="Tokens" icon={IconKey} />
    </nav>
  );
}

function Place({ route, name, icon: Symbol, also }: { route: Route; name: string; icon: Icon; also?: Route["page"] }) {
  const { route: here } = useRouter();
  const link = useLink(route);
  const narrow = useMediaQuery("(max-width: 1199px)");
  const current = here.page === route.page || here.page === also;
  return (
    <Tooltip label={name} position="right" disabled={!narrow}>
      <a
        className={styles.link}
        {...link}
        aria-current={current ? "page" : undefined}
        data-testid={`nav-${route.page}`}
      >
        <Symbol size={18} stroke={1.7} aria-hidden />
        <span className={styles.linkText}>{name}</span>
      </a>
    </Tooltip>
  );
}
