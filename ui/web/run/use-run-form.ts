import { useState } from "react";
import type { ProjectId, QuotaKind, RuntimeView } from "../../../kernel/abi/index.ts";
import { useRights } from "../session/session-context.tsx";
import { compose, held, leastAuthority, switched } from "./authority.ts";
import type { Authority, Switch } from "./authority.ts";
import { projectDefault, quotaTexts, runDefault, runtimeOfCommand } from "./run-defaults.ts";
import { joinCommand, splitCommand } from "./split-command.ts";
import type { RunRequest } from "./start-run.ts";

/** What is to be run and with which rights: what a person typed, over what fits the open files and their role. */
interface RunFormOptions {
  project: ProjectId;
  runtimes: readonly RuntimeView[];
  files: readonly string[];
  /** The names of the files at the project's top. */
  top: readonly string[];
}

/** Where the page of a web project is served, and where its preview then opens. */
const pagePort = "8080";

/** What a terminal has until the page that shows it says how much room there is. */
const firstSize = { rows: 24, columns: 80 };

export function useRunForm({ project, runtimes, files, top }: RunFormOptions) {
  const rights = useRights(project);
  const [chosen, setChosen] = useState<string | null>(null);
  const [wish, setWish] = useState<"file" | "project" | null>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const [typedArguments, setArguments] = useState("");
  const [background, setBackground] = useState(false);
  const [said, setSaid] = useState<Authority>(leastAuthority);

  const situation = { runtimes, chosen, files, top, wish };
  const { runtime: offered, argv, planned: fits } = runDefault(situation);
  const command = typed ?? joinCommand(argv);
  const split = splitCommand(command);
  const word = typed !== null && chosen === null && "argv" in split ? split.argv[0] : undefined;
  const runtime = runtimeOfCommand({ runtimes, offered }, word) ?? offered;
  const authority = { ...held(said, rights.holds), quotas: { ...quotaTexts(runtime), ...said.quotas } };
  const { table, name, problems } = compose(authority);
  /** What is built where it has to be, and run, as long as no other command is typed. */
  const planned = typed === null ? fits : null;
  const more = splitCommand(typedArguments);
  // Its outputs lie in the project, wherever the sources are.
  const readsItself = table.includes("FS_READ:/project");
  const unreadable =
    planned === null || readsItself ? undefined : "it is run out of the project: let it read everything";
  const commandProblem = "problem" in split ? split.problem : unreadable;
  const refusal = rights.lack("PROC_SPAWN");

  const request = (): RunRequest | null => {
    if (runtime === null || !("argv" in split) || commandProblem !== undefined) return null;
    if (refusal !== undefined || Object.keys(problems).length > 0) return null;
    const spawn = {
      project,
      runtime: runtime.name,
      table,
      name,
      stdin: true,
      class: background ? ("background" as const) : ("foreground" as const),
    };
    if (planned !== null) {
      return "argv" in more ? { kind: "planned", file: planned, arguments: more.argv, spawn } : null;
    }
    return split.argv.length === 0 ? null : { kind: "command", spawn: { ...spawn, argv: split.argv } };
  };

  /** Why no terminal can be opened, if so. */
  const noTerminal =
    refusal ??
    (runtime === null ? "There is no runtime" : undefined) ??
    (Object.keys(problems).length > 0 ? "A right in the run panel is not right" : undefined);
  /** A shell with the rights that are chosen; nobody else reaches it by a name. */
  const terminal = (): RunRequest | null => {
    if (runtime === null || noTerminal !== undefined) return null;
    // The user of a box has no name that a prompt could show.
    const env = { PS1: "\\w \\$ " };
    const argv = ["bash", "--norc"];
    return {
      kind: "command",
      spawn: { project, runtime: runtime.name, argv, env, table, name: null, tty: firstSize },
    };
  };

  return {
    runtime,
    command,
    commandProblem,
    planned,
    /** The build file by which the project is run, where there is one. */
    project: projectDefault({ ...situation, chosen: null })?.marker ?? null,
    runsProject: fits === ".",
    setWish: (next: "file" | "project") => {
      setWish(next);
      setChosen(null);
      setTyped(null);
    },
    arguments: typedArguments,
    argumentsProblem: "problem" in more ? more.problem : undefined,
    setArguments,
    /** What runs shows a page, and nobody would see it. */
    isUnseen:
      runtime?.name === "web" && typed === null && argv.length + (planned?.length ?? 0) > 0 && !authority.serves,
    showPage: () => setSaid({ ...switched(said, "serves", true), port: pagePort }),
    background,
    setBackground,
    isDefaultCommand: typed === null,
    authority,
    table,
    problems,
    rights,
    /** Why nothing can be started here at all, if so. */
    refusal,
    request,
    noTerminal,
    terminal,
    setRuntime: setChosen,
    setCommand: (text: string) => setTyped(text),
    resetCommand: () => setTyped(null),
    turn: (which: Switch, on: boolean) => setSaid(switched(said, which, on)),
    say: (words: Partial<Authority>) => setSaid({ ...said, ...words }),
    setQuota: (kind: QuotaKind, text: string) => setSaid({ ...said, quotas: { ...said.quotas, [kind]: text } }),
  };
}

export type RunForm = ReturnType<typeof useRunForm>;
