import { Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import {
  IconCode,
  IconFolders,
  IconHeartbeat,
  IconKey,
  IconListTree,
  IconShieldCheck,
  IconUsers,
} from "@tabler/icons-react";
import type { Icon } from "@tabler/icons-react";
import { useLink, useRouter } from "../router/router.tsx";
import type { Route } from "../router/route.ts";
import { usePerson } from "../session/session-context.tsx";
import styles from "./shell.module.css";

/** The places of the product, but for those that only admins can use. On a narrow screen only their icons are seen; their names stay for readers. */
export function Navigation() {
  const { admin } = usePerson();
  return (
    <nav className={styles.nav} aria-label="Main">
      <Place
        route={{ page: "projects" }}
        name="Projects"
        icon={IconFolders}
        also={["project", "members", "channels"]}
      />
      <Place route={{ page: "processes", pid: null }} name="Processes" icon={IconListTree} />
      <Place route={{ page: "runtimes" }} name="Runtimes" icon={IconCode} />
      {admin && <Place route={{ page: "audit" }} name="Audit" icon={IconShieldCheck} />}
      <Place route={{ page: "status" }} name="Status" icon={IconHeartbeat} />
      <div className={styles.navLabel}>Settings</div>
      <Place route={{ page: "tokens" }} name="Tokens" icon={IconKey} />
      {admin && <Place route={{ page: "users" }} name="Users" icon={IconUsers} />}
    </nav>
  );
}

interface PlaceProps {
  route: Route;
  name: string;
  icon: Icon;
  also?: readonly Route["page"][];
}

function Place({ route, name, icon: Symbol, also = [] }: PlaceProps) {
  const { route: here } = useRouter();
  const link = useLink(route);
  const narrow = useMediaQuery("(max-width: 1199px)");
  const current = here.page === route.page || also.includes(here.page);
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
