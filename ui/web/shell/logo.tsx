import { Group, Text } from "@mantine/core";

/** The product's mark and name. */
export function Logo({ size = 22 }: { size?: number }) {
  return (
    <Group gap={8} wrap="nowrap">
      <img src="/icon.svg" alt="" width={size} height={size} />
      <Text fw={650} fz={size * 0.72} component="span" style={{ letterSpacing: "-0.01em" }}>
        SuperOS
      </Text>
    </Group>
  );
}
