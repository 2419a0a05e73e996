import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  capabilityUsage,
  exitCodeOf,
  faultTable,
  formatCapability,
  frameType,
  outcomeSchema,
  parseCapability,
  pidSchema,
  processKinds,
  processStateSchema,
  questions,
  roles,
  serviceMessageSchema,
  slotViewSchema,
  syscalls,
} from "../../kernel/abi/index.ts";
import { SlotTable } from "../../kernel/capability/slot-table.ts";
import { controlNames, leastQuotas } from "../../kernel/isolation/enforceable.ts";
import { gateFifos } from "../../kernel/isolation/gate.ts";
import { ProcessNet } from "../../kernel/net/process-net.ts";
import { roleTable } from "../../policy/accounts/role-table.ts";
import { buildProgram } from "../../ui/cli/main.ts";
import { openApiDocument } from "../../ui/gateway/routes/openapi.ts";
import { routes } from "../../ui/gateway/routes/routes.ts";
import { checkout } from "../setup/instance.ts";
import { codeSpans, pages, readPage, rows, section } from "./page.ts";

/** The documentation against the code: what a page lists is what there is, no less and no more. */

const manifest = z
  .object({
    scripts: z.record(z.string(), z.string()),
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
  })
  .parse(JSON.parse(readPage("package.json")));

const sources = (patterns: readonly string[]): string[] =>
  globSync(patterns, { cwd: checkout, exclude: ["**/node_modules/**", "**/*.test.ts", "**/*.test.tsx"] });

describe("docs/errors.md", () => {
  const page = readPage("docs/errors.md");

  test("every fault code has its status, exit code, retry and hint in the table, and no other is there", () => {
    const documented = rows(section(page, "## Faults")).map((cells) => cells.slice(0, 5));
    const known = Object.entries(faultTable).map(([code, row]) => [
      code,
      String(row.http),
      String(row.exit),
      row.retry ? "yes" : "no",
      row.hint,
    ]);
    expect(documented).toEqual(known);
  });

  test("every outcome has its exit code in the table, and no other is there", () => {
    const samples: z.input<typeof outcomeSchema>[] = [
      { kind: "code", code: 3 },
      { kind: "signal", signal: "SIGTERM" },
      { kind: "oom" },
      { kind: "timeout", limitMs: 1 },
      { kind: "quota", quota: "" },
      { kind: "revoked", capability: "" },
      { kind: "killed", by: pidSchema.parse(1), signal: "SIGTERM" },
      { kind: "fault", code: "internal", message: "" },
    ];
    const shown = (kind: string, code: number): string =>
      kind === "code" ? "0-255" : code === 143 ? "128+n" : String(code);
    const known = samples.map((sample) => [sample.kind, shown(sample.kind, exitCodeOf(outcomeSchema.parse(sample)))]);
    const documented = rows(section(page, "## Outcomes and exit codes")).map((cells) => cells.slice(0, 2));
    expect(documented).toEqual(known);
    expect(known.map(([kind]) => kind)).toEqual(outcomeSchema.options.map((option) => option.shape.kind.value));
  });
});

describe("docs/abi.md", () => {
  const page = readPage("docs/abi.md");
  const calls = rows(section(page, "## Syscalls")).filter(([, by = ""]) =>
    ["session", "process", "principal", "gateway", "policy"].includes(by),
  );
  const cellsOf = (index: number): Map<string, string> =>
    new Map(calls.map((cells) => [cells[0] ?? "", cells[index] ?? ""]));

  test("every kind of capability is written as the parser says, and no other is there", () => {
    const capabilities = section(page, "## Capabilities");
    const table = capabilities.slice(0, capabilities.indexOf("### Slots"));
    expect(rows(table).map(([written]) => written)).toEqual(Object.values(capabilityUsage));
  });

  test("every field of a slot is explained, and no other", () => {
    expect(rows(section(page, "### Slots")).map(([name]) => name)).toEqual(Object.keys(slotViewSchema.shape));
  });

  test("every syscall is listed with who may call it, and no other is there", () => {
    const known = Object.entries(syscalls).map(([name, shape]) => `${name} by ${shape.by}`);
    expect(calls.map(([name, by]) => `${name} by ${by}`).toSorted()).toEqual(known.toSorted());
  });

  test("every syscall whose reply is a stream says so", () => {
    const answers = cellsOf(3);
    const said = Object.keys(syscalls).filter((name) => answers.get(name)?.startsWith("stream:") === true);
    const known = Object.entries(syscalls).flatMap(([name, shape]) => (shape.reply === "stream" ? [name] : []));
    expect(said).toEqual(known);
  });

  test("every field of a syscall's request is named in its row", () => {
    const requests = cellsOf(2);
    for (const [name, { request }] of Object.entries(syscalls)) {
      for (const field of Object.keys(request.shape)) expect(requests.get(name), name).toContain(`\`${field}\``);
    }
  });

  test("every question to policy is listed, and no other", () => {
    const text = section(page, "### Policy");
    const documented = rows(text.slice(text.indexOf("| Question"))).map(([name]) => name);
    expect(documented).toEqual(Object.keys(questions));
  });

  test("every message to a service is listed with its fields, and no other", () => {
    const documented = rows(section(page, "## Messages to services"));
    const known = serviceMessageSchema.options.map((option) => option.shape.type.value);
    expect(documented.map(([name]) => name)).toEqual(known);
    for (const { shape } of serviceMessageSchema.options) {
      const [, , , says = ""] = documented.find(([name]) => name === shape.type.value) ?? [];
      const fields = Object.keys(shape).filter((field) => field !== "type");
      expect(
        fields.filter((field) => !codeSpans(says).includes(field)),
        shape.type.value,
      ).toEqual([]);
    }
  });

  test("every FIFO of a process is listed, and no other", () => {
    const gate = section(page, "## The gate");
    const table = gate.slice(0, gate.indexOf("| Socket"));
    expect(rows(table).map(([name]) => name)).toEqual(Object.keys(gateFifos));
  });

  test("every phase and every kind of process is listed, and no other", () => {
    const processes = section(page, "## Processes");
    const states = section(page, "### States");
    expect(rows(states).map(([phase]) => phase)).toEqual(
      processStateSchema.options.map((option) => option.shape.phase.value),
    );
    expect(rows(processes.slice(0, processes.indexOf("### States"))).map(([kind]) => kind)).toEqual([...processKinds]);
  });

  test("every type of frame has its number", () => {
    for (const [name, type] of Object.entries(frameType)) {
      expect(section(page, "## Frames")).toMatch(new RegExp(`^\\| ${type} +\\| \`${name}\``, "m"));
    }
  });
});

describe("docs/http.md", () => {
  test("the routes are those of the OpenAPI document", () => {
    const { paths = {} } = openApiDocument(routes, { url: "http://127.0.0.1", cookieName: "superos", version: "1" });
    const known = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations ?? {}).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const page = section(readPage("docs/http.md"), "## Routes");
    const documented = rows(page).map((cells) => `${cells[0]} ${(cells[1] ?? "").replaceAll("`", "")}`);
    expect(documented.toSorted()).toEqual(known.toSorted());
  });

  test("every query parameter of a route is named in its row", () => {
    const described = new Map(
      rows(section(readPage("docs/http.md"), "## Routes")).map((cells) => [
        `${cells[0]} ${(cells[1] ?? "").replaceAll("`", "")}`,
        cells[3] ?? "",
      ]),
    );
    for (const { method, path, query } of routes) {
      const route = `${method.toUpperCase()} /api/v1${path}`;
      for (const name of Object.keys(query?.shape ?? {})) expect(described.get(route), route).toContain(`\`${name}\``);
    }
  });
});

type Command = ReturnType<typeof buildProgram>;

describe("docs/cli.md", () => {
  const page = readPage("docs/cli.md");

  function helpOf(command: Command): string {
    let text = "";
    const output = { writeOut: (part: string) => void (text += part), getOutHelpWidth: () => 80 };
    command.configureOutput(output).outputHelp();
    return text.trimEnd();
  }

  function all(command: Command, path: string): [string, Command][] {
    return [[path, command], ...command.commands.flatMap((each) => all(each, `${path} ${each.name()}`))];
  }

  const commands = all(buildProgram(), "superos");

  test("the commands are those of the program", () => {
    const headings = [...page.matchAll(/^## `(superos[a-z ]*)`$/gm)].map((match) => match[1]);
    expect(headings).toEqual(commands.map(([path]) => path));
  });

  test.each(commands)("the help of %s is the program's, byte for byte", (path, command) => {
    const block = /^```text\n([^]*?)\n```$/m.exec(section(page, `## \`${path}\``))?.[1];
    expect(block).toBe(helpOf(command));
  });
});

describe("docs/architecture.md", () => {
  const documented = rows(section(readPage("docs/architecture.md"), "## Runtime dependencies"));

  test("every runtime dependency has a row with its exact version, and no other is there", () => {
    expect(Object.fromEntries(documented.map(([name, version]) => [name, version]))).toEqual(manifest.dependencies);
  });

  test("every development package is listed, by its name or its scope, and no other", () => {
    const listed = codeSpans(section(readPage("docs/architecture.md"), "## Development packages")).filter(
      (span) => !span.startsWith("npm ") && !span.endsWith("/"),
    );
    const stands = (span: string, name: string): boolean =>
      span.endsWith("/*") ? name.startsWith(span.slice(0, -1)) : span === name;
    const names = Object.keys(manifest.devDependencies);
    expect(names.filter((name) => !listed.some((span) => stands(span, name)))).toEqual([]);
    expect(listed.filter((span) => !names.some((name) => stands(span, name)))).toEqual([]);
  });

  test.each(documented)("%s is imported in the folders that its row names, and in no other", (...cells) => {
    const [name = "", , folders = ""] = cells;
    const named = codeSpans(folders).toSorted();
    const files = sources(["{kernel,policy,egress,ui}/**/*.{ts,tsx}"]).filter((file) =>
      readFileSync(join(checkout, file), "utf8").includes(`from "${name}"`),
    );
    const folderOf = (file: string): string => named.find((folder) => file.startsWith(`${folder}/`)) ?? dirname(file);
    expect([...new Set(files.map(folderOf))].toSorted()).toEqual(named);
  });
});

describe("docs/capabilities.md", () => {
  const page = readPage("docs/capabilities.md");

  test("every kind of capability is explained, and no other", () => {
    expect(rows(section(page, "## The kinds")).map(([kind]) => kind)).toEqual(Object.keys(capabilityUsage));
  });

  test("every kind says what granting and revoking it does, or is not built", () => {
    const unbuilt = rows(section(page, "## The kinds")).flatMap(([kind = "", what = ""]) =>
      what.startsWith("Not built yet") ? [kind] : [],
    );
    const told = section(page, "## Giving and taking")
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .flatMap((line) => codeSpans(line.split("|")[1] ?? ""));
    expect([...told, ...unbuilt].toSorted()).toEqual(Object.keys(capabilityUsage).toSorted());
  });

  test("every role is listed with the kinds that policy names for it", () => {
    const machine = { cores: 1, memoryBytes: 2 ** 30 };
    const known = roles.map((role) => [
      role,
      [
        ...new Set(
          roleTable(role, { machine, privateTargets: [], allowedImages: [] }).map((text) => text.split(":")[0]),
        ),
      ],
    ]);
    const documented = rows(section(page, "## Roles")).map(([role = "", holds = ""]) => [role, codeSpans(holds)]);
    expect(documented).toEqual(known);
  });

  test("every variable that the kernel sets for a network is listed", () => {
    const pid = pidSchema.parse(9);
    const slots = new SlotTable();
    slots.mint(pid, parseCapability("NET_CONNECT:*"));
    const nowhere = { proxy: () => undefined, endpoint: () => undefined, portOf: () => undefined };
    using net = new ProcessNet(pid, "", nowhere);
    // Those that are set in both spellings are listed in one.
    const listed = new Set(codeSpans(section(page, "## What a program finds")).map((name) => name.toLowerCase()));
    expect(Object.keys(net.env(slots.held(pid))).filter((name) => !listed.has(name.toLowerCase()))).toEqual([]);
  });

  test("the least amounts are those that a container starts with", () => {
    const { MEM, PIDS, CPU } = leastQuotas;
    const least = [
      formatCapability({ kind: "MEM", amount: MEM }),
      formatCapability({ kind: "PIDS", amount: PIDS }),
      formatCapability({ kind: "CPU", amount: CPU }),
    ];
    for (const text of least) expect(section(page, "## Quotas")).toContain(`\`${text}\``);
  });
});

/** Tests that a text names, as `` `path`: title ``, one in a cell of a table or a line of a list. */
function expectTests(named: readonly (readonly [path: string, title: string])[]): void {
  for (const [path, title] of named) {
    expect(existsSync(join(checkout, path)), path).toBe(true);
    expect(readPage(path).includes(JSON.stringify(title)), `${path}: ${title}`).toBe(true);
  }
}

describe("docs/security.md", () => {
  const page = readPage("docs/security.md");
  const attackers = section(page, "## Who attacks, and what holds them");
  const headings = [...attackers.matchAll(/^### .*$/gm)].map(([heading]) => heading);

  test.each(headings)("%s: each row names a test that exists, or says that there is none", (heading) => {
    const lines = section(page, heading)
      .split("\n")
      .filter((line) => line.startsWith("| ") && !/^\| (It tries|They try|-)/.test(line));
    expect(lines.length).toBeGreaterThan(0);
    const shown = lines.map((line) => (line.split(" | ")[2] ?? "").replace(/\s*\|$/, ""));
    const tests = shown.flatMap((cell) => {
      const [, path, title] = /^`([^`]+)`: (.+)$/.exec(cell) ?? [];
      return path === undefined || title === undefined ? [] : [[path, title] as const];
    });
    expect(shown.filter((cell) => !/^(`[^`]+`: .+|none yet)$/.test(cell))).toEqual([]);
    expectTests(tests);
  });

  test("every control that a host may lack is listed with what then is, and no other", () => {
    const documented = rows(section(page, "## What the host must provide")).map(([name]) => name);
    expect(documented).toEqual([...controlNames]);
  });
});

describe("README.md", () => {
  const page = readPage("README.md");
  const named = (text: string): string[] => [...new Set(text.match(/\bSUPEROS_[A-Z_]*[A-Z]\b/g))].toSorted();
  const settings = (from: string, to: string): string[] => {
    const text = section(page, "## Configuration");
    return named(text.slice(text.indexOf(from), to === "" ? undefined : text.indexOf(to)));
  };

  test("every setting that the kernel reads is listed, and no other", () => {
    const known = [...readPage("kernel/home.ts").matchAll(/^ {2}(SUPEROS_[A-Z_]+):/gm)].map(([, name]) => name);
    const listed = rows(section(page, "## Configuration")).flatMap(([name = ""]) => named(name));
    expect(known.filter((name) => name === undefined || !listed.includes(name))).toEqual([]);
    const table = settings("Environment variables of `npm start`", "With a home of its own");
    expect(table.filter((name) => !known.includes(name))).toEqual([]);
  });

  test("every variable that the command reads is listed", () => {
    const read = sources(["ui/cli/**/*.ts"]).flatMap((file) => named(readFileSync(join(checkout, file), "utf8")));
    const listed = settings("Environment variables of the `superos` command", "");
    expect([...new Set(read)].filter((name) => !listed.includes(name))).toEqual([]);
  });

  test("every page of docs/ is linked", () => {
    const links = [...page.matchAll(/\]\((docs\/[^)#\s]+)/g)].map(([, path]) => path);
    const missing = pages().filter((path) => /^docs\/[^/]+$/.test(path) && !links.includes(path));
    expect(missing).toEqual([]);
  });
});

describe("docs/invariants.md", () => {
  const page = readPage("docs/invariants.md");
  const numbers = [...page.matchAll(/^## Invariant (\d+)$/gm)].map((match) => Number(match[1]));

  test("the invariants are numbered from 1 to 10", () => {
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test.each(numbers)("of invariant %s the tests exist that hold it, or it says what is not built", (number) => {
    const text = section(page, `## Invariant ${number}`);
    const held = [...text.matchAll(/^- `([^`]+)`: (.+)$/gm)];
    expect(held.length > 0 || text.includes("Not yet:"), "names a test, or says `Not yet:`").toBe(true);
    expectTests(held.map(([, path = "", title = ""]) => [path, title]));
  });
});

describe("every page", () => {
  const roots = /^(kernel|policy|egress|ui|docker|images|tests|docs|bench|projects|\.ci)\//;
  /** `images/NAME/runtime.json`, `tests/*`: a pattern, not a path. */
  const isPattern = (path: string): boolean => /[*{}<>$ ]|(^|\/)[A-Z]+(\/|$)/.test(path);

  test.each(pages())("%s names only files and folders that exist", (page) => {
    // Made by runs, and not in git.
    const made = ["bench/results/"];
    const named = codeSpans(readPage(page)).filter(
      (span) => roots.test(span) && !isPattern(span) && !made.includes(span),
    );
    expect(named.filter((path) => !existsSync(join(checkout, path.replace(/:\d+$/, ""))))).toEqual([]);
  });

  test.each(pages())("%s links only to pages and sections that exist", (page) => {
    const text = readPage(page).replaceAll(/^```[^]*?^```$/gm, "");
    const broken = [...text.matchAll(/(?<!!)\[[^\]]+\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] ?? "")
      .filter((link) => !/^https?:/.test(link) && !leads(page, link));
    expect(broken).toEqual([]);
  });

  function leads(page: string, link: string): boolean {
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : join(dirname(page), path);
    if (!existsSync(join(checkout, target))) return false;
    if (anchor === undefined) return true;
    const headings = [...readPage(target).matchAll(/^#+ (.*)$/gm)].map((match) =>
      (match[1] ?? "")
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    );
    return headings.includes(anchor);
  }

  test.each(pages())("%s names only npm scripts and environment variables that exist", (page) => {
    const text = readPage(page);
    const scripts = [...text.matchAll(/\bnpm (?:run )?(start|test|run [a-z]+|(?<=run )[a-z]+)\b/g)].map(
      (match) => match[1] ?? "",
    );
    expect(scripts.filter((name) => !Object.hasOwn(manifest.scripts, name))).toEqual([]);
    const properties = globSync("{kernel,policy}/**/*.property.test.ts", { cwd: checkout });
    const code = sources(["{kernel,policy,egress,ui,tests}/**/*.ts", "images/base/**/*.{ts,py,c}", "docker/*", "*.ts"])
      .concat(properties)
      .map((file) => readFileSync(join(checkout, file), "utf8"))
      .join("\n");
    const variables = [...text.matchAll(/\bSUPEROS_[A-Z_]+\b/g)].map(([name]) => name);
    // One for each endpoint, by its name.
    const known = (name: string): boolean => code.includes(name.replace(/^(SUPEROS_ENDPOINT_).+/, "$1"));
    expect([...new Set(variables)].filter((name) => !known(name))).toEqual([]);
  });
});
