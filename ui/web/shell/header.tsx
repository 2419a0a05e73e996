import {
  ActionIcon,
  Button,
  Code,
  Group,
  Menu,
  ScrollArea,
  Stack,
  Text,
  Tooltip,
  useMantineColorScheme,
} from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { IconChevronDown, IconDeviceDesktop, IconLogout, IconMoon, IconSun, IconUserCircle } from "@tabler/icons-react";
import { useLive } from "../live/live-context.tsx";
import { notifyFault } from "../parts/notify-fault.ts";
import { useLink } from "../router/router.tsx";
import { usePerson, useSessionStore } from "../session/session-context.tsx";
import { Logo } from "./logo.tsx";
import styles from "./shell.module.css";

/** The product's name, whether the page is live, the look, and who is signed in. */
export function Header() {
  const home = useLink({ page: "projects" });
  return (
    <header className={styles.header}>
      <a {...home} aria-label="SuperOS, projects" style={{ color: "inherit", textDecoration: "none" }}>
        <Logo />
      </a>
      <Group gap="xs" wrap="nowrap">
        <LinkState />
        <LookToggle />
        <UserMenu />
      </Group>
    </header>
  );
}

const linkText = { connecting: "Connecting", connected: "Live", lost: "Offline" } as const;

function LinkState() {
  const { link } = useLive();
  return (
    <Group gap={6} px="xs" wrap="nowrap" data-testid="connection" data-state={link}>
      <span className={styles.dot} data-link={link} aria-hidden />
      <Text size="xs" c="dimmed">
        {linkText[link]}
      </Text>
    </Group>
  );
}

const looks = {
  auto: { icon: IconDeviceDesktop, name: "as the system", next: "light" },
  light: { icon: IconSun, name: "light", next: "dark" },
  dark: { icon: IconMoon, name: "dark", next: "auto" },
} as const;

function LookToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { icon: Symbol, name, next } = looks[colorScheme];
  const label = `Look: ${name}. Change to ${looks[next].name}`;
  return (
    <Tooltip label={label}>
      <ActionIcon size="lg" aria-label={label} onClick={() => setColorScheme(next)} data-testid="theme-toggle">
        <Symbol size={18} stroke={1.7} />
      </ActionIcon>
    </Tooltip>
  );
}

function UserMenu() {
  const { user, admin, table } = usePerson();
  const store = useSessionStore();
  const signOut = useMutation({ mutationFn: () => store.signOut(), onError: notifyFault });
  return (
    <Menu position="bottom-end" width={300}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          fw={500}
          leftSection={<IconUserCircle size={18} stroke={1.7} aria-hidden />}
          rightSection={<IconChevronDown size={14} aria-hidden />}
          data-testid="user-menu"
        >
          {user}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{admin ? `${user} is an admin` : `Signed in as ${user}`}</Menu.Label>
        <Menu.Label>Outside of projects this session may use</Menu.Label>
        <ScrollArea.Autosize mah={220} px="sm" pb="xs">
          <Stack gap={4} align="flex-start">
            {table.map((capability) => (
              <Code key={capability}>{capability}</Code>
            ))}
          </Stack>
        </ScrollArea.Autosize>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLogout size={16} aria-hidden />}
          onClick={() => signOut.mutate()}
          data-testid="sign-out"
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
