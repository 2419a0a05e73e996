import type { ITerminalOptions, ITheme, Terminal } from "@xterm/xterm";

/** How the terminal looks and what it keeps. It takes no input, opens no links and answers no queries. */
export const terminalOptions: ITerminalOptions = {
  convertEol: true,
  disableStdin: true,
  scrollback: 10_000,
  fontSize: 13,
  lineHeight: 1.25,
  fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace',
  cursorStyle: "bar",
  cursorInactiveStyle: "none",
  cursorBlink: false,
  minimumContrastRatio: 4.5,
  linkHandler: { activate: () => undefined },
};

export const terminalTheme: Record<"light" | "dark", ITheme> = {
  dark: {
    background: "#0e1015",
    foreground: "#d5d8e0",
    cursor: "#0e1015",
    selectionBackground: "#3b4468",
    black: "#3a4050",
    red: "#ff8f85",
    green: "#7ad9a4",
    yellow: "#e8c468",
    blue: "#8fa8ff",
    magenta: "#d39cf0",
    cyan: "#6fd3dd",
    white: "#d5d8e0",
    brightBlack: "#7d8496",
    brightRed: "#ffb0a9",
    brightGreen: "#9deabf",
    brightYellow: "#f4d98f",
    brightBlue: "#b3c4ff",
    brightMagenta: "#e4bff7",
    brightCyan: "#9be4eb",
    brightWhite: "#ffffff",
  },
  light: {
    background: "#fbfcfd",
    foreground: "#1f2430",
    cursor: "#fbfcfd",
    selectionBackground: "#cdd6fb",
    black: "#1f2430",
    red: "#b42318",
    green: "#14703f",
    yellow: "#8a5a00",
    blue: "#3346c4",
    magenta: "#8a2fb0",
    cyan: "#0b6e7a",
    white: "#5c6475",
    brightBlack: "#7d8496",
    brightRed: "#d92d20",
    brightGreen: "#1a8a4f",
    brightYellow: "#a36c00",
    brightBlue: "#4f5edb",
    brightMagenta: "#a043c9",
    brightCyan: "#0f8592",
    brightWhite: "#1f2430",
  },
};

/** With a cursor, which a terminal that only shows has none of. */
export const typedTheme: typeof terminalTheme = {
  dark: { ...terminalTheme.dark, cursor: "#d5d8e0", cursorAccent: "#0e1015" },
  light: { ...terminalTheme.light, cursor: "#1f2430", cursorAccent: "#fbfcfd" },
};

const mirroredLines = 200;

/** The last lines as plain text, those that were broken for width put together again. */
export function mirrorText({ buffer }: Terminal): string {
  const { active } = buffer;
  const last = active.baseY + active.cursorY;
  let text = "";
  for (let row = Math.max(0, last - mirroredLines + 1); row <= last; row += 1) {
    const line = active.getLine(row);
    if (line === undefined) continue;
    const next = active.getLine(row + 1);
    text += line.translateToString(next?.isWrapped !== true) + (next?.isWrapped === true ? "" : "\n");
  }
  return text;
}
