import { useState } from "react";
import { Fault, parseCapability } from "../../../kernel/abi/index.ts";
import type { ProjectId, QuotaKind, RuntimeView, SyscallInput } from "../../../kernel/abi/index.ts";
import { permissionTexts, switched } from "./permissions.ts";
import type { Permission } from "./permissions.ts";
import { quotaTexts, runDefault, shownQuotas } from "./run-defaults.ts";
import type { QuotaTexts } from "./run-defaults.ts";
import { joinCommand, splitCommand } from "./split-command.ts";

/** What is to be run and with which rights: what a person typed, over what fits the open files. */
interface RunFormOptions {
  project: ProjectId;
  runtimes: readonly RuntimeView[];
  files: readonly string[];
}

export function useRunForm({ project, runtimes, files }: RunFormOptions) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [typed, setTyped] = useState<string | null>(null);
  const [permissions, setPermissions] = useState<ReadonlySet<Permission>>(new Set(["FS_READ"]));
  const [typedQuotas, setTypedQuotas] = useState<QuotaTexts>({});

  const { runtime, argv } = runDefault({ runtimes, chosen, files });
  const command = typed ?? joinCommand(argv);
  const split = splitCommand(command);
  const quotas: QuotaTexts = { ...quotaTexts(runtime), ...typedQuotas };
  const quotaProblems = problemsOf(quotas);
  const commandProblem = "problem" in split ? split.problem : undefined;

  const request = (): SyscallInput<"spawn"> | null => {
    if (runtime === null || !("argv" in split) || split.argv.length === 0 || Object.keys(quotaProblems).length > 0)
      return null;
    const rights = [...permissions].map((permission) => permissionTexts[permission].capability);
    const limits = shownQuotas.flatMap((kind) => (quotas[kind]?.trim() ? [`${kind}:${quotas[kind].trim()}`] : []));
    return { project, runtime: runtime.name, argv: split.argv, table: [...rights, ...limits], stdin: true };
  };

  return {
    runtime,
    command,
    commandProblem,
    isDefaultCommand: typed === null,
    permissions,
    quotas,
    quotaProblems,
    request,
    setRuntime: setChosen,
    setCommand: (text: string) => setTyped(text),
    resetCommand: () => setTyped(null),
    setPermission: (permission: Permission, on: boolean) => setPermissions(switched(permissions, permission, on)),
    setQuota: (kind: QuotaKind, text: string) => setTypedQuotas({ ...typedQuotas, [kind]: text }),
  };
}

export type RunForm = ReturnType<typeof useRunForm>;

function problemsOf(quotas: QuotaTexts): QuotaTexts {
  const problems: Partial<Record<QuotaKind, string>> = {};
  for (const kind of shownQuotas) {
    const text = quotas[kind]?.trim() ?? "";
    if (text === "") continue;
    try {
      parseCapability(`${kind}:${text}`);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      problems[kind] = "not an amount";
    }
  }
  return problems;
}
