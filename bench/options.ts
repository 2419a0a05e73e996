import { parseArgs } from "node:util";

/** What `npm run bench` is asked for. Pure. */

export const partNames = [
  "spawn",
  "embryos",
  "output",
  "neighbours",
  "pipes",
  "segments",
  "messages",
  "terminals",
  "slots",
  "syscalls",
  "network",
  "recovery",
  "runtimes",
] as const;
export type PartName = (typeof partNames)[number];

export const usage = `usage: npm run bench -- [--quick] [--only NAME[,NAME]] [--json FILE]

  --quick      5 rounds instead of 20, and less output
  --only NAME  these parts alone, with commas between them:
               ${partNames.slice(0, 7).join(", ")},
               ${partNames.slice(7).join(", ")}
  --json FILE  where the results go as JSON (default: bench/results/DATE.json)
`;

export interface Options {
  quick: boolean;
  parts: ReadonlySet<PartName>;
  /** A file of the caller's choice. */
  json: string | undefined;
}

const isPart = (name: string): name is PartName => partNames.some((part) => part === name);

/** None where help is asked for. Throws where the words are none of these. */
export function readOptions(args: string[]): Options | undefined {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: "boolean" },
      only: { type: "string", multiple: true },
      json: { type: "string" },
      help: { type: "boolean" },
    },
  });
  if (values.help === true) return undefined;
  const named = values.only?.flatMap((list) => list.split(","));
  const unknown = named?.find((name) => !isPart(name));
  if (unknown !== undefined) throw new Error(`there is no part ${JSON.stringify(unknown)}: ${partNames.join(", ")}`);
  return { quick: values.quick === true, parts: new Set(named?.filter(isPart) ?? partNames), json: values.json };
}
