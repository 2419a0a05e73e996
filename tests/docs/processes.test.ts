import { describe, expect, test } from "vitest";
import { type Outcome, outcomeSchema, pidSchema, syscalls, usageSchema } from "../../kernel/abi/index.ts";
import { lifeSchema } from "../../kernel/journal/life.ts";
import { type Ending, outcomeOf } from "../../kernel/process/outcome.ts";
import { buildProgram } from "../../ui/cli/main.ts";
import { codeSpans, pages, readPage, rows, section } from "./page.ts";

/** What the pages say of processes against the code, and every command line of theirs against the command. */

describe("docs/processes.md", () => {
  const page = readPage("docs/processes.md");
  const names = (heading: string): string[] => rows(section(page, heading)).map(([name = ""]) => name);

  test("every figure of what a process uses is explained, and no other", () => {
    expect(names("## Usage")).toEqual(Object.keys(usageSchema.shape));
  });

  test("everything that is written down of a live process is listed, and no more", () => {
    const text = section(page, "## After a crash");
    expect(rows(text.slice(text.indexOf("| Field"))).map(([name]) => name)).toEqual(Object.keys(lifeSchema.shape));
  });

  test("every outcome is listed, and of two that could be told it is the one that stands first", () => {
    const killed: Ending = {
      exitCode: 137,
      oomKilled: false,
      sent: undefined,
      timedOutAfterMs: undefined,
      endedFor: undefined,
      engineLost: false,
    };
    const circumstances: readonly (readonly [Outcome["kind"], Partial<Ending>])[] = [
      ["timeout", { timedOutAfterMs: 1 }],
      ["quota", { endedFor: { kind: "quota", quota: "DISK:256Mi" } }],
      ["revoked", { endedFor: { kind: "revoked", capability: "FS_READ:/project" } }],
      ["killed", { sent: { by: pidSchema.parse(2), signal: "SIGKILL" } }],
      ["oom", { oomKilled: true }],
      ["fault", { engineLost: true }],
      ["signal", {}],
    ];
    const listed = names("## Outcomes");
    expect(listed.toSorted()).toEqual(outcomeSchema.options.map((option) => option.shape.kind.value).toSorted());
    expect(listed.slice(0, -1)).toEqual(circumstances.map(([kind]) => kind));
    circumstances.forEach(([kind, first], place) => {
      const later = circumstances.slice(place).filter(([, { endedFor }]) => first.endedFor === undefined || !endedFor);
      for (const [, second] of later) expect(outcomeOf({ ...killed, ...second, ...first }).kind).toBe(kind);
    });
  });
});

describe("docs/syscalls-from-inside.md", () => {
  test("every call that a process may make is listed, and no other", () => {
    const listed = rows(section(readPage("docs/syscalls-from-inside.md"), "## What it can do")).flatMap(([cell = ""]) =>
      cell.split(", "),
    );
    const known = Object.entries(syscalls).flatMap(([name, { by }]) =>
      by === "process" || by === "principal" ? [name] : [],
    );
    expect(listed.toSorted()).toEqual(known.toSorted());
  });
});

describe("docs/http.md", () => {
  test("every event of the live connection is listed, and no other", () => {
    const source = ["ui/gateway/socket-events.ts", "ui/gateway/terminal/terminal-events.ts"].map(readPage).join("\n");
    const interfaces = [...source.matchAll(/^export interface \w+Events [^{]*\{\n([^]*?)^\}/gm)].map(
      ([, body]) => body,
    );
    const known = [...interfaces.join("\n").matchAll(/^ {2}(\w+): \(/gm)].map(([, name = ""]) => name);
    const listed = rows(section(readPage("docs/http.md"), "## Live events and output")).map(([name = ""]) => name);
    expect(known).toContain("output");
    expect(listed.toSorted()).toEqual(known.toSorted());
  });
});

type Command = ReturnType<typeof buildProgram>;

const program = buildProgram();

/** What is typed after `superos`, without what belongs to the program that is run. */
function typed(line: string): string[] {
  const [before = ""] = line.split(/ -- |\$\(|[|<>;)&#]/);
  return before
    .replaceAll(/"[^"]*"|'[^']*'/g, "text")
    .split(/\s+/)
    .filter(Boolean);
}

function unknown(words: readonly string[]): string[] {
  let command: Command = program;
  const wrong: string[] = [];
  for (const word of words) {
    if (!word.startsWith("-") || word === "-") {
      const next: Command | undefined = command.commands.find((each) =>
        [each.name(), ...each.aliases()].includes(word),
      );
      if (next === undefined && command.commands.length > 0) wrong.push(word);
      if (next === undefined) continue;
      command = next;
      continue;
    }
    const known = [...command.options, ...program.options].flatMap(({ short, long }) => [short, long]);
    const flags = word.startsWith("--")
      ? [word.split("=")[0] ?? ""]
      : word
          .slice(1)
          .split("")
          .map((flag) => `-${flag}`);
    wrong.push(...flags.filter((flag) => flag !== "-h" && flag !== "--help" && !known.includes(flag)));
  }
  return wrong;
}

describe("every page", () => {
  test.each(pages())("%s types no command or option that the superos command does not have", (page) => {
    const text = readPage(page);
    const blocks = [...text.matchAll(/^```(?:console|sh|text)\n([^]*?)^```$/gm)].map(([, body = ""]) => body);
    const lines = blocks.join("\n").replaceAll("\\\n", " ").split("\n");
    const inBlocks = lines.flatMap((line) => /^(?:\$ (?:npx )?| {2})superos (.*)$/.exec(line)?.[1] ?? []);
    const inProse = codeSpans(text).flatMap((span) => /^superos (.*)$/.exec(span)?.[1] ?? []);
    expect(
      [...inBlocks, ...inProse].map((line) => [line, unknown(typed(line))]).filter(([, wrong]) => wrong?.length),
    ).toEqual([]);
  });
});
