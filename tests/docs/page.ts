import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout } from "../setup/instance.ts";

/** A page of the documentation as what its readers rely on: sections, table rows, code. */

/** A section's text up to the next heading of its level or above; the whole page for no heading. */
export function section(text: string, heading?: string): string {
  if (heading === undefined) return text;
  const lines = text.split("\n");
  const from = lines.indexOf(heading);
  if (from === -1) throw new Error(`there is no heading ${JSON.stringify(heading)}`);
  const level = heading.indexOf(" ");
  let inCode = false;
  const to = lines.findIndex((line, index) => {
    if (line.startsWith("```")) inCode = !inCode;
    return index > from && !inCode && /^#+ /.test(line) && line.indexOf(" ") <= level;
  });
  return lines.slice(from + 1, to === -1 ? undefined : to).join("\n");
}

/** The rows of every table in the text whose first cell is code, as cells; backticks of the first one are removed. */
export function rows(text: string): string[][] {
  return text.split("\n").flatMap((line) => {
    if (!/^\| *`/.test(line)) return [];
    const cells = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("\\|", "|"));
    return [[(cells[0] ?? "").replaceAll("`", ""), ...cells.slice(1)]];
  });
}

/** What stands in backticks outside of code blocks. */
export function codeSpans(text: string): string[] {
  const prose = text.replaceAll(/^```[^]*?^```$/gm, "");
  return [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "");
}

export const readPage = (path: string): string => readFileSync(join(checkout, path), "utf8");

/** Every page that people read: all below docs/, and those that stand beside what they are about. */
export function pages(): string[] {
  const below = readdirSync(join(checkout, "docs"), { recursive: true, encoding: "utf8" });
  return [
    "README.md",
    "projects/README.md",
    "images/README.md",
    "docker/seccomp.md",
    "tests/attacks/README.md",
    ...below.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`),
  ];
}
