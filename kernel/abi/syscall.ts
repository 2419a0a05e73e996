import { z } from "zod";
import { memberViewSchema, projectRightsSchema, roleSchema, userNameSchema, userViewSchema } from "./account.ts";
import { capabilitySchema, endpointNameSchema, tableSchema } from "./capability.ts";
import { ipcSyscalls } from "./ipc-syscalls.ts";
import { imageReferenceSchema } from "./image-reference.ts";
import { handleSchema, pidSchema, projectIdSchema, projectNameSchema, runtimeNameSchema } from "./ids.ts";
import { outcomeSchema, processViewSchema, signalSchema, terminalSizeSchema, threadSchema } from "./process.ts";
import { fileEntrySchema, fileVersionSchema, projectPathSchema, projectViewSchema } from "./project.ts";
import { engineRuntimeSchema, runtimeViewSchema, sourceSchema } from "./runtime.ts";
import { processClassSchema } from "./schedule.ts";
import { slotIdSchema, slotViewSchema } from "./slot.ts";
import { call, none, streamIn, streamOut, type SyscallShape } from "./syscall-shape.ts";
import {
  auditRowSchema,
  auditVerdictSchema,
  credentialSchema,
  statusSchema,
  tokenIdSchema,
  tokenNameSchema,
  tokenViewSchema,
} from "./system.ts";

/**
 * The syscalls: every request that the kernel answers, with the schema of what goes in and what comes out.
 *
 * On the wire: `POST /v1/NAME` on a Unix socket. The request's JSON is the body, or, where the body is a stream
 * (`body: "stream"`), the header `superos-request`. The response is JSON, or a stream (`reply: "stream"`). A fault
 * is its HTTP status with `{ "fault": ... }`. A session is named by the header `superos-session`.
 */

const projectRef = z.strictObject({ project: projectIdSchema });
/** A TCP port. */
export const portSchema = z.number().int().min(1).max(65_535);
const byteOffset = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER);

const noNul = (text: string): boolean => !text.includes("\0");
/** How long a text is in UTF-8, which is how a program gets it. */
const byteLength = (text: string): number => encodeURIComponent(text.toWellFormed()).replaceAll(/%../g, "x").length;
/** The longest that Linux takes (MAX_ARG_STRLEN), without the byte that ends it. */
const longestArgument = 131_071;
const argument = z
  .string()
  .max(longestArgument)
  .refine((text) => byteLength(text) <= longestArgument, `is longer than ${longestArgument} bytes`)
  .refine((text) => text.isWellFormed(), "holds half a character")
  .refine(noNul, "holds a NUL");

/** The arguments of a program. */
export const argvSchema = z.array(argument).max(4096);

export const environmentSchema = z
  .record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,255}$/, "a variable's name is letters, digits and underscores"),
    argument,
  )
  .refine((value) => Object.keys(value).length <= 256, "at most 256 variables");

/**
 * What to run. `runtime` says in what, or `image`: any other image, by a reference that an IMAGE capability of the caller
 * covers; `argv` is then what `docker run` would be given behind it. A session names the project, or `null` for none; a process's children belong to its own. `table` names
 * the capabilities, `sealed` those that the process may use and not hand on; quota kinds that both leave out take the
 * runtime's defaults (from inside: at most half of what the parent has left). `name` is the endpoint by which others of
 * the project reach its NET_BIND. `tied` makes it a child of the session, to end with it. `engineRuntime` asks for a
 * stronger box than the project and the runtime do. `cwd` is absolute inside the container; without one it is the
 * first directory of the project that the table grants, else that of the image, else `/tmp`. `stdin` says whether the program gets a stream
 * (else end-of-file at once). `lossless` holds the program back rather than drop output that its attached reader has
 * not taken. With `tty` it gets a terminal of that size: its output is then one stream, stdout. `class` says whether
 * somebody waits for it. A process that there is no room for yet waits, and is `ready` until then.
 */
export const spawnRequestSchema = z
  .strictObject({
    project: projectIdSchema.nullable().optional(),
    runtime: runtimeNameSchema.nullable().default(null),
    image: imageReferenceSchema.nullable().default(null),
    argv: argvSchema.refine((argv) => argv[0] !== "", "the program's name is empty"),
    env: environmentSchema.default({}),
    cwd: z.string().max(4096).regex(/^\//, "must be absolute").refine(noNul, "holds a NUL").nullable().default(null),
    table: tableSchema,
    sealed: tableSchema.default([]),
    name: endpointNameSchema.nullable().default(null),
    tied: z.boolean().default(false),
    engineRuntime: engineRuntimeSchema.nullable().default(null),
    stdin: z.boolean().default(false),
    lossless: z.boolean().default(false),
    tty: terminalSizeSchema.nullable().default(null),
    class: processClassSchema.default("foreground"),
  })
  .refine(({ runtime, image }) => (runtime === null) !== (image === null), "names a runtime or an image, one of them")
  .refine(({ image, argv }) => image !== null || argv.length > 0, { path: ["argv"], message: "names no program" })
  .refine(({ tty, lossless }) => tty === null || !lossless, "the output of a terminal is not lossless")
  .refine(
    (request) =>
      request.argv.reduce((sum, text) => sum + byteLength(text) + 1, 0) +
        Object.entries(request.env).reduce((sum, [name, value]) => sum + name.length + byteLength(value) + 2, 0) <=
      1 << 20,
    "arguments and environment are together more than 1 MiB",
  );
export type SpawnRequest = z.infer<typeof spawnRequestSchema>;

/** One thing that happened, pushed to watchers as a line of JSON. */
export const eventSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("process"), process: processViewSchema }),
  z.strictObject({ type: z.literal("reaped"), pid: pidSchema }),
  z.strictObject({ type: z.literal("project"), project: projectViewSchema }),
  z.strictObject({ type: z.literal("project_removed"), id: projectIdSchema }),
  z.strictObject({ type: z.literal("status"), status: statusSchema }),
  /** The session behind this watch has ended; nothing follows. */
  z.strictObject({ type: z.literal("session_closed") }),
]);
export type KernelEvent = z.infer<typeof eventSchema>;

export const sessionSchema = z.strictObject({
  handle: handleSchema,
  pid: pidSchema,
  user: z.string(),
  admin: z.boolean(),
  /** What it holds without a project. */
  table: z.array(z.string()),
  projects: z.array(projectRightsSchema),
});
export type Session = z.infer<typeof sessionSchema>;

export const syscalls = {
  /** Signs in. Faults: `denied` for a wrong or used credential, `unavailable` while policy is down. */
  session_open: call("gateway", z.strictObject({ credential: credentialSchema }), sessionSchema),
  /** Ends the caller's own session and its rights; what it started lives on. */
  session_close: call("session", none, none),
  /** Who the caller is. */
  session_inspect: call("session", none, sessionSchema),
  /** The gateway says that it serves, and where. */
  gateway_ready: call("gateway", z.strictObject({ url: z.string().max(256) }), none),

  status: call("session", none, statusSchema),
  runtime_list: call("session", none, z.strictObject({ runtimes: z.array(runtimeViewSchema) })),
  /** Resolves when the runtime's image is there, built where its folder has changed. Faults: `unavailable`. */
  image_build: call("session", z.strictObject({ runtime: runtimeNameSchema }), runtimeViewSchema),

  /** The body is a tar archive. Faults: `invalid` for a bad archive, `conflict` for a name in use. */
  project_import: streamIn("session", z.strictObject({ name: projectNameSchema }), projectViewSchema),
  project_list: call("session", none, z.strictObject({ projects: z.array(projectViewSchema) })),
  /** The reply is a tar archive. */
  project_export: streamOut("session", projectRef),
  /** Sets the engine runtime that the project's containers need from now on; `null` for none in particular. */
  project_change: call(
    "session",
    z.strictObject({ project: projectIdSchema, engineRuntime: engineRuntimeSchema.nullable() }),
    projectViewSchema,
  ),
  /** Ends the project's processes and removes its files. */
  project_remove: call("session", projectRef, none),

  file_list: call(
    "session",
    z.strictObject({ project: projectIdSchema, path: projectPathSchema }),
    z.strictObject({ entries: z.array(fileEntrySchema), truncated: z.boolean() }),
  ),
  /** The reply is the content; its version is in the header `superos-version`. */
  file_read: streamOut("session", z.strictObject({ project: projectIdSchema, path: projectPathSchema })),
  /** The body is the new content. With `version`, the file must still be at it (`null`: must not exist). */
  file_write: streamIn(
    "session",
    z.strictObject({
      project: projectIdSchema,
      path: projectPathSchema,
      version: fileVersionSchema.nullable().optional(),
    }),
    z.strictObject({ version: fileVersionSchema }),
  ),
  /**
   * A digest of the paths and versions of a project's files whose name is one of `names` (a name, or `*` and an ending):
   * while none of them changes it stays the same. What is in `.superos/` is left out.
   */
  file_digest: call(
    "session",
    z.strictObject({ project: projectIdSchema, names: z.array(sourceSchema).max(128) }),
    z.strictObject({ digest: z.string(), files: z.number().int().nonnegative() }),
  ),
  /** Removes a file, a link, or an empty directory. */
  file_remove: call("session", z.strictObject({ project: projectIdSchema, path: projectPathSchema }), none),

  spawn: call("principal", spawnRequestSchema, processViewSchema),
  /**
   * Spawns, and replies with what `output` would with `follow` from the beginning, in one call; with `lossless` nothing is
   * dropped before it was read. The pid is in the header `superos-pid`, whether it waits in `superos-phase`. A process
   * whose caller hangs up goes on.
   */
  run: streamOut("principal", spawnRequestSchema),
  /**
   * Spawns processes of one project of which each reads what the one before it writes, without the kernel between. The
   * later ones are children of the first. All or none. `class` and `project` must be the same in all; only the first may
   * have `stdin`, and none a `tty`.
   */
  pipeline: call(
    "principal",
    z.strictObject({ stages: z.array(spawnRequestSchema).min(2).max(16) }),
    z.strictObject({ processes: z.array(processViewSchema) }),
  ),
  /** Sets the size of a process's terminal. Faults: `bad_state` for a process without one. */
  tty_resize: call("principal", z.strictObject({ pid: pidSchema, size: terminalSizeSchema }), none),
  /** Sets the class of a process. */
  nice: call("principal", z.strictObject({ pid: pidSchema, class: processClassSchema }), none),
  /** Gives the rest of the caller's turn to whoever waits for one. */
  yield: call("process", none, none),
  /** The threads of a process. */
  threads: call("principal", z.strictObject({ pid: pidSchema }), z.strictObject({ threads: z.array(threadSchema) })),
  /** Sends a signal to one process; SIGKILL ends it and its subtree. */
  signal: call("principal", z.strictObject({ pid: pidSchema, signal: signalSchema }), none),
  /** The calling process. */
  self: call("process", none, processViewSchema),
  /** The slots of a process or session that the caller may see. */
  caps: call("principal", z.strictObject({ pid: pidSchema }), z.strictObject({ slots: z.array(slotViewSchema) })),
  /**
   * Hands a capability, derived from the caller's own, to a running process. Faults: `denied` when the caller holds
   * none to derive it from, `unsupported` for what a running container cannot be given: mounts and quotas.
   */
  grant: call(
    "principal",
    z.strictObject({ pid: pidSchema, capability: capabilitySchema, delegable: z.boolean().default(true) }),
    z.strictObject({ slot: slotViewSchema }),
  ),
  /**
   * Takes a slot away, with all that derives from it. With `preview` only says what that would be. `ends` are the
   * processes that end with it, as `revoked`: those that cannot go on without.
   */
  revoke: call(
    "principal",
    z.strictObject({ pid: pidSchema, slot: slotIdSchema, preview: z.boolean().default(false) }),
    z.strictObject({ slots: z.array(slotViewSchema), ends: z.array(pidSchema) }),
  ),
  /** Gives up a slot of the caller's own, and all that derives from it, for good. */
  drop: call("principal", z.strictObject({ slot: slotIdSchema }), none),
  /**
   * A handle for the HTTP of a process's port, for as long as the caller's session, the process and its NET_BIND live.
   * Without `port` it is the one that the table names. Faults: `bad_state` when the process has no NET_BIND for it.
   */
  preview_open: call(
    "session",
    z.strictObject({ pid: pidSchema, port: portSchema.nullable().default(null) }),
    z.strictObject({ handle: handleSchema, pid: pidSchema, port: portSchema }),
  ),
  /** Whom a preview handle leads to. Faults: `denied` once it leads nowhere. */
  preview_inspect: call(
    "gateway",
    z.strictObject({ handle: handleSchema }),
    z.strictObject({ pid: pidSchema, port: portSchema }),
  ),
  /** A connection to the port; the socket comes over the gateway's channel, as message `preview`. */
  preview_connect: call(
    "gateway",
    z.strictObject({ handle: handleSchema }),
    z.strictObject({ connection: z.number().int().positive() }),
  ),
  /** Resolves when the process has ended, or with `outcome: null` after `timeoutMs`. */
  wait: call(
    "principal",
    z.strictObject({ pid: pidSchema, timeoutMs: z.number().int().min(0).max(600_000) }),
    z.strictObject({ outcome: outcomeSchema.nullable() }),
  ),
  /** Forgets an ended process and its output. Faults: `bad_state` while it lives. */
  reap: call("principal", z.strictObject({ pid: pidSchema }), z.strictObject({ outcome: outcomeSchema })),
  list: call(
    "principal",
    z.strictObject({ all: z.boolean().default(false) }),
    z.strictObject({ processes: z.array(processViewSchema) }),
  ),
  inspect: call("principal", z.strictObject({ pid: pidSchema }), processViewSchema),
  /** The reply is frames (frame.ts) from the given offset of each stream; with `follow` until the process ends. */
  output: streamOut(
    "principal",
    z.strictObject({
      pid: pidSchema,
      stdout: byteOffset.default(0),
      stderr: byteOffset.default(0),
      follow: z.boolean().default(false),
      lossless: z.boolean().default(false),
    }),
  ),
  /** The body's bytes go to the program; `end` closes its stdin after them. */
  stdin: streamIn(
    "principal",
    z.strictObject({ pid: pidSchema, end: z.boolean().default(true) }),
    z.strictObject({ bytes: z.number().int().nonnegative() }),
  ),

  ...ipcSyscalls,

  /** The reply is one JSON event a line, first the present state. */
  watch: streamOut("session", none),

  /** Rows in their order: the first `limit` after `after`, or, with `before`, the last `limit` before it. */
  audit_list: call(
    "session",
    z.strictObject({
      after: z.number().int().nonnegative().default(0),
      before: z.number().int().positive().optional(),
      limit: z.number().int().min(1).max(10_000).default(1000),
    }),
    z.strictObject({ rows: z.array(auditRowSchema) }),
  ),
  /** Recomputes the audit log's hash chain. `firstBad` is the first row that does not fit; `head` the last hash. */
  audit_verify: call("session", none, auditVerdictSchema),
  user_list: call("session", none, z.strictObject({ users: z.array(userViewSchema) })),
  /** Adds a person; the reply's one-time code signs them in. */
  user_create: call(
    "session",
    z.strictObject({ name: userNameSchema, admin: z.boolean().default(false) }),
    z.strictObject({ user: userViewSchema, code: z.string() }),
  ),
  user_code: call("session", z.strictObject({ name: userNameSchema }), z.strictObject({ code: z.string() })),
  /** Removes a person with tokens and memberships, and ends their sessions. What they started lives on. */
  user_remove: call("session", z.strictObject({ name: userNameSchema }), none),
  member_list: call("session", projectRef, z.strictObject({ members: z.array(memberViewSchema) })),
  /** Sets a person's role in a project; open sessions follow at once. */
  member_set: call(
    "session",
    z.strictObject({ project: projectIdSchema, user: userNameSchema, role: roleSchema }),
    none,
  ),
  member_remove: call("session", z.strictObject({ project: projectIdSchema, user: userNameSchema }), none),
  token_create: call(
    "session",
    z.strictObject({ name: tokenNameSchema }),
    z.strictObject({ token: tokenViewSchema, secret: z.string() }),
  ),
  token_list: call("session", none, z.strictObject({ tokens: z.array(tokenViewSchema) })),
  token_remove: call("session", z.strictObject({ id: tokenIdSchema }), none),

  /** Policy's side of its questions: the reply is one question a line (question.ts), for as long as it serves. */
  policy_attend: streamOut("policy", none),
  policy_answer: call(
    "policy",
    z
      .strictObject({ id: z.number().int().positive(), answer: z.unknown(), fault: z.unknown() })
      .partial({ answer: true, fault: true }),
    none,
  ),
} as const satisfies Record<string, SyscallShape>;

export type SyscallName = keyof typeof syscalls;
/** What a caller writes. */
export type SyscallInput<N extends SyscallName> = z.input<(typeof syscalls)[N]["request"]>;
/** What the kernel acts on. */
export type SyscallRequest<N extends SyscallName> = z.output<(typeof syscalls)[N]["request"]>;
export type SyscallResponse<N extends SyscallName> = z.output<(typeof syscalls)[N]["response"]>;
