import { Button, EmptyState } from "@mantine/core";
import { IconMapOff } from "@tabler/icons-react";
import { Page } from "../parts/page.tsx";
import { useLink } from "../router/router.tsx";

/** An address that is no page. */
export function MissingPage() {
  const home = useLink({ page: "projects" });
  return (
    <Page title="No such page" description="This address leads nowhere.">
      <title>No such page - SuperOS</title>
      <EmptyState
        py="xl"
        icon={<IconMapOff size={40} stroke={1.4} />}
        title="There is nothing here"
        description="The address may be mistyped, or what it named was removed."
      >
        <EmptyState.Actions>
          <Button component="a" {...home}>
            Go to the projects
          </Button>
        </EmptyState.Actions>
      </EmptyState>
    </Page>
  );
}
