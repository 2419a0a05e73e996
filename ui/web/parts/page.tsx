import { Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import styles from "./page.module.css";

/** The frame of a page that scrolls as a whole: its title, what it is for, its actions, its content. */
interface PageProps {
  title: string;
  description: string;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, description, actions, children }: PageProps) {
  return (
    <div className={styles.page}>
      <Group justify="space-between" align="flex-start" mb="lg" gap="md">
        <Stack gap={2}>
          <Title order={1}>{title}</Title>
          <Text size="sm" c="dimmed">
            {description}
          </Text>
        </Stack>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </div>
  );
}
