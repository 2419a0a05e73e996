import { EmptyState } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { Page } from "../parts/page.tsx";

/** In place of a page that the person may not use, with the reason. */
export function AdminsOnly({ title, what }: { title: string; what: string }) {
  return (
    <Page title={title} description="For admins.">
      <title>{`${title} - SuperOS`}</title>
      <EmptyState
        py="xl"
        icon={<IconLock size={40} stroke={1.4} />}
        title="Only admins see this"
        description={what}
        data-testid="admins-only"
      />
    </Page>
  );
}
