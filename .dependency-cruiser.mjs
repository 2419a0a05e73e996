/**
 * The arrows between folders, and the one folder that may import each package.
 *
 * Every rule says why in its comment, which the tool prints beside a violation. Tests beside their source may use
 * what tests use; programs under tests/ and bench/ may reach for any of the project's own modules.
 */

const testFile = "\\.test\\.tsx?$";
const configFile = "(^|/)[a-z]+\\.config\\.ts$";

const packages = (names) => `(^|/)node_modules/(${names.join("|")})/`;
const core = (names) => `^(node:)?(${names.join("|")})$`;

/** Only modules below `folders` may import what matches `path`. */
function onlyFrom(name, { folders, path, comment }) {
  return { name, severity: "error", comment, from: { pathNot: [`^(${folders.join("|")})`] }, to: { path } };
}

/** Modules below `from` may import, of the project, only themselves and what matches `may`. */
function within(name, { from, may, comment }) {
  return {
    name,
    severity: "error",
    comment,
    from: { path: `^(${from})`, pathNot: testFile },
    to: {
      path: "^(kernel|policy|egress|ui|tests|bench|docker)/",
      pathNot: [`^(${from})`, ...may.map((each) => `^${each}`)],
    },
  };
}

const layers = [
  within("abi-stands-alone", {
    from: "kernel/abi/",
    may: [],
    comment: "The door is what every part shares; it would drag along whatever it imported.",
  }),
  within("capability-knows-the-door", {
    from: "kernel/capability/",
    may: ["kernel/abi/"],
    comment: "Authority is decided from values alone, so that its laws can be tested without a machine.",
  }),
  within("process-knows-capabilities", {
    from: "kernel/process/",
    may: ["kernel/abi/", "kernel/capability/"],
    comment: "The process table and its state machine are pure.",
  }),
  within("isolation-knows-tables", {
    from: "kernel/isolation/",
    may: ["kernel/abi/", "kernel/capability/", "kernel/process/"],
    comment: "From table to container is one pure function.",
  }),
  within("fs-knows-the-door", {
    from: "kernel/fs/",
    may: ["kernel/abi/"],
    comment: "What touches hostile files knows of nothing else that it could be made to touch.",
  }),
  within("client-knows-the-door", {
    from: "kernel/client/",
    may: ["kernel/abi/"],
    comment: "The client runs in unprivileged processes and must hold nothing of the kernel.",
  }),
  within("policy-speaks-through-the-door", {
    from: "policy/",
    may: ["kernel/abi/", "kernel/client/"],
    comment: "Policy may only say no, later, or less: it asks the kernel like anybody else.",
  }),
  within("egress-knows-the-order-of-authority", {
    from: "egress/",
    may: ["kernel/abi/", "kernel/client/", "kernel/capability/covers\\.ts"],
    comment: "Egress is handed connections and allow-lists; it asks the kernel nothing and holds nothing of it.",
  }),
  within("net-knows-slots", {
    from: "kernel/net/",
    may: ["kernel/abi/", "kernel/capability/"],
    comment: "Connections are decided by slots alone; what a process is, or who asks, is settled before.",
  }),
  within("freezer-knows-the-door", {
    from: "kernel/freezer/",
    may: ["kernel/abi/"],
    comment: "Stopping a container knows of nothing but its cgroup.",
  }),
  within("spooler-keeps-output-alone", {
    from: "kernel/spooler/",
    may: ["kernel/abi/", "kernel/client/", "kernel/ipc/"],
    comment: "What outlives a kernel must be small: it copies bytes, and knows of no right and no container.",
  }),
  within("scheduling-acts-and-decides-nothing", {
    from: "kernel/scheduling/",
    may: ["kernel/abi/", "kernel/capability/", "kernel/lifecycle/", "kernel/process/", "kernel/service/"],
    comment: "Mechanism: it asks policy and does what it is told through the lifecycle.",
  }),
  within("policy-scheduling-knows-the-door", {
    from: "policy/scheduling/",
    may: ["kernel/abi/", "policy/admission/"],
    comment: "What runs when is a pure function of what policy was told.",
  }),
  within("disk-knows-the-door", {
    from: "kernel/disk/",
    may: ["kernel/abi/", "kernel/fs/", "kernel/freezer/"],
    comment: "Measuring files that a sandbox can write goes through what is safe to do so.",
  }),
  within("admission-knows-the-door", {
    from: "policy/admission/",
    may: ["kernel/abi/"],
    comment: "What policy decides is a pure function of what it was asked and told.",
  }),
  within("diagnostics-know-the-door", {
    from: "ui/diagnostics/",
    may: ["kernel/abi/"],
    comment: "What compilers write is read by pure functions from text to values.",
  }),
  within("gateway-speaks-through-the-door", {
    from: "ui/gateway/",
    may: ["kernel/abi/", "kernel/client/", "ui/diagnostics/"],
    comment: "The gateway has no authority to lend; it forwards requests to the kernel's socket.",
  }),
  within("cli-speaks-http", {
    from: "ui/cli/",
    may: ["kernel/abi/", "ui/diagnostics/diagnostic\\.ts$"],
    comment: "The command runs on a person's machine and reaches the kernel through the gateway alone.",
  }),
  within("web-speaks-http", {
    from: "ui/web/",
    may: ["kernel/abi/", "ui/gateway/socket-events\\.ts$", "ui/diagnostics/diagnostic\\.ts$"],
    comment: "The browser reaches the kernel through the gateway alone.",
  }),
  {
    name: "web-shares-only-types-with-the-gateway",
    severity: "error",
    comment: "The events' types are shared; the gateway's code must not end up in the browser.",
    from: { path: "^ui/web/" },
    to: { path: "^ui/gateway/", dependencyTypesNot: ["type-only"] },
  },
  {
    name: "kernel-knows-no-shell",
    severity: "error",
    comment: "Mechanism depends on neither policy nor shells; they are clients.",
    from: { path: "^kernel/" },
    to: { path: "^(policy|egress|ui|bench|tests)/" },
  },
  {
    name: "kernel-parts-look-down",
    severity: "error",
    comment: "Lifecycle, syscalls and supervision are built of these parts, never the other way round.",
    from: { path: "^kernel/(ipc|fs|docker|journal|net|disk|freezer|spooler)/", pathNot: testFile },
    to: { path: "^kernel/(lifecycle|scheduling|syscall|service)/" },
  },
  {
    name: "nobody-imports-a-program",
    severity: "error",
    comment: "A main file is wiring and starts things; who wants it running starts it as a process.",
    from: {},
    to: { path: "^(kernel|kernel/spooler|policy|egress|ui/gateway|bench)/main\\.ts$" },
  },
  {
    name: "setup-is-a-program",
    severity: "error",
    comment: "Setup provides images before the kernel serves; only programs, tests and measurements need it.",
    from: { pathNot: ["^(tests|bench)/", "^kernel/main\\.ts$"] },
    to: { path: "^kernel/setup\\.ts$" },
  },
  {
    name: "tests-are-not-imported",
    severity: "error",
    comment: "What ships must not depend on tests or measurements.",
    from: { path: "^(kernel|policy|egress|ui)/", pathNot: testFile },
    to: { path: [testFile, "^(tests|bench)/"] },
  },
  {
    name: "no-cycles",
    severity: "error",
    comment: "A cycle has no layer; types count too.",
    from: {},
    to: { circular: true },
  },
];

const purity = [
  {
    name: "pure-folders-reach-nothing",
    severity: "error",
    comment: "Pure: no clock, no file, no network. What they need is handed in.",
    from: {
      path: "^(kernel/(abi|capability|process|isolation)|policy/admission|ui/diagnostics)/|^policy/accounts/(standing|role-table|private-targets)\\.ts$",
      pathNot: testFile,
    },
    to: { dependencyTypes: ["core"] },
  },
  {
    name: "pure-folders-import-zod-alone",
    severity: "error",
    comment: "The door and the pure folders carry no package but zod.",
    from: { path: "^(kernel/(abi|capability|process|isolation)|policy/admission|ui/diagnostics)/", pathNot: testFile },
    to: { path: "(^|/)node_modules/", pathNot: packages(["zod"]) },
  },
  {
    name: "client-carries-zod-alone",
    severity: "error",
    comment: "The client is Node's own http and the door's schemas.",
    from: { path: "^kernel/client/", pathNot: testFile },
    to: { path: "(^|/)node_modules/", pathNot: packages(["zod", "@types"]) },
  },
  {
    name: "fs-carries-tar-stream-alone",
    severity: "error",
    comment: "The code that touches hostile files is small enough to be read as a whole.",
    from: { path: "^kernel/fs/", pathNot: testFile },
    to: { path: "(^|/)node_modules/", pathNot: packages(["zod", "tar-stream", "@types"]) },
  },
];

const owners = [
  onlyFrom("only-kernel-docker-speaks-docker", {
    folders: ["kernel/docker/"],
    path: packages(["dockerode", "@types/dockerode", "tar-fs", "@types/tar-fs", "docker-modem"]),
    comment: "Invariant 1: one folder speaks to the engine.",
  }),
  onlyFrom("tar-stream-where-archives-enter", {
    folders: ["kernel/fs/", "ui/cli/", "tests/", "bench/"],
    path: packages(["tar-stream", "@types/tar-stream"]),
    comment: "Archives are read and written in one place of the kernel, and packed by the command.",
  }),
  onlyFrom("web-server-in-the-gateway", {
    folders: ["ui/gateway/"],
    path: packages(["express", "@types/express", "socket\\.io", "helmet", "zod-openapi"]),
    comment: "One process serves HTTP to people.",
  }),
  onlyFrom("browser-packages-in-the-web-ui", {
    folders: ["ui/web/"],
    path: packages([
      "@mantine",
      "@tabler",
      "@tanstack",
      "@codemirror",
      "codemirror",
      "@xterm",
      "react",
      "react-dom",
      "modern-tar",
      "@vitejs",
    ]),
    comment: "What draws the dashboard stays in it.",
  }),
  onlyFrom("socket-client-in-the-web-ui", {
    folders: ["ui/web/", "ui/gateway/.*\\.test\\.ts$", "tests/", "bench/"],
    path: packages(["socket\\.io-client"]),
    comment: "The command speaks plain HTTP; only the browser needs sockets.",
  }),
  onlyFrom("commander-in-the-cli", {
    folders: ["ui/cli/"],
    path: packages(["commander"]),
    comment: "One program has a command line.",
  }),
  onlyFrom("browser-driver-in-tests", {
    folders: ["tests/", "bench/"],
    path: packages(["playwright-core"]),
    comment: "A browser is driven by tests alone.",
  }),
  onlyFrom("sqlite-in-few-places", {
    folders: ["kernel/journal/", "kernel/ipc/queue-store", "policy/accounts/", ".*\\.test\\.ts$"],
    path: core(["sqlite"]),
    comment: "The kernel's journal, its queues and policy's accounts each own one database.",
  }),
  onlyFrom("programs-are-started-in-few-folders", {
    folders: ["kernel/(service|docker|lifecycle|ipc|spooler|disk)/", "ui/cli/", "tests/", "bench/", ".*\\.test\\.ts$"],
    path: core(["child_process", "cluster"]),
    comment: "Execution without the kernel's mediation is a design violation.",
  }),
  {
    name: "what-runs-is-a-dependency",
    severity: "error",
    comment: "The server and the command must run from an install without development packages.",
    from: { path: "^(kernel|policy|egress|ui/gateway|ui/cli)/", pathNot: [testFile, configFile] },
    to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: packages(["@types"]) },
  },
  {
    name: "every-import-resolves",
    severity: "error",
    comment: "A package that is not in package.json, or a file that is not there.",
    from: {},
    to: { couldNotResolve: true },
  },
];

export default {
  forbidden: [...layers, ...purity, ...owners],
  options: {
    doNotFollow: { path: "(^|/)node_modules/" },
    exclude: { path: "^(dist|\\.superos|tests/programs)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    builtInModules: { add: ["node:sqlite"] },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".json", ".css"],
    },
  },
};
