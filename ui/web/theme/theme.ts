import { createTheme } from "@mantine/core";

/** One look for every page: one scale of sizes, one accent, quiet surfaces. Dark and light differ in tokens alone. */
export const theme = createTheme({
  primaryColor: "iris",
  primaryShade: { light: 6, dark: 5 },
  colors: {
    iris: [
      "#eef0ff",
      "#dde1fd",
      "#b9c0f6",
      "#939df0",
      "#7480ea",
      "#5f6de6",
      "#4f5edb",
      "#414fc0",
      "#3846ac",
      "#2d3a98",
    ],
    dark: [
      "#d5d8e0",
      "#b3b8c4",
      "#8e95a5",
      "#646b7c",
      "#3a4050",
      "#2b303d",
      "#20242e",
      "#181b23",
      "#121419",
      "#0c0e12",
    ],
  },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace',
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.375rem", lineHeight: "1.3" },
      h2: { fontSize: "1rem", lineHeight: "1.4" },
      h3: { fontSize: "0.875rem" },
    },
  },
  defaultRadius: "sm",
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "sm" } },
    ActionIcon: { defaultProps: { variant: "subtle", color: "gray" } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: true } },
    Modal: {
      styles: { title: { fontWeight: 600 } },
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.55, blur: 2 },
        closeButtonProps: { "aria-label": "Close" },
      },
    },
    Badge: { defaultProps: { variant: "light", radius: "sm", tt: "none", fw: 500 } },
    Table: { defaultProps: { verticalSpacing: 8, horizontalSpacing: "md" } },
  },
});
