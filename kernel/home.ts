import { randomBytes, randomInt } from "node:crypto";
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import {
  type Capability,
  capabilitySchema,
  type CapabilityTable,
  Fault,
  isAddress,
  originSchema,
  previewOriginSchema,
  parseAtDoor,
} from "./abi/index.ts";
import type { ImagesOptions } from "./docker/images.ts";

/**
 * Where this instance keeps its state, and who it is.
 *
 * The home holds everything but the projects of the default home, which lie in `projects/` of the checkout. Only the
 * kernel's user can enter it; the two services get a directory each that is theirs.
 */

export const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where images are made from. Faults: `invalid` settings. */
export function imagesOptions(env: NodeJS.ProcessEnv): Omit<ImagesOptions, "progress"> {
  const settings = parseAtDoor(environmentSchema, env, "environment");
  return {
    dir: settings.SUPEROS_IMAGES ?? join(checkout, "images"),
    baseScript: join(checkout, "docker", "base-image.sh"),
    env: { SUPEROS_UNREAL_IMAGE: settings.SUPEROS_UNREAL_IMAGE },
  };
}

/** A list of what follows the kind in capabilities of one kind; `of` says what each must be. */
const capabilitiesOf =
  (kind: "NET_CONNECT" | "IMAGE", of: { isSound?: (entry: Capability) => boolean; message: string }) =>
  (text: string, context: z.RefinementCtx): CapabilityTable => {
    const entries = text.split(",").filter((entry) => entry !== "");
    const parsed = entries.map((entry) => capabilitySchema.safeParse(`${kind}:${entry}`));
    const sound = parsed.flatMap(({ data }) => (data !== undefined && of.isSound?.(data) !== false ? [data] : []));
    if (sound.length === entries.length) return sound;
    context.addIssue({ code: "custom", message: of.message });
    return z.NEVER;
  };

const namesAddress = (entry: Capability): boolean =>
  entry.kind === "NET_CONNECT" &&
  "host" in entry.target &&
  isAddress(entry.target.host) &&
  entry.target.port !== undefined;

/** Each an address of the grammar with its port; a name would be decided by whoever answers for it. */
const privateTargets = capabilitiesOf("NET_CONNECT", {
  isSound: namesAddress,
  message: "must be IPv4 addresses with ports, such as 10.0.0.5:5432,10.0.0.6:6379",
});

/** Each an image, or every image of a name; a canonical spelling each. */
const allowedImages = capabilitiesOf("IMAGE", {
  message: "must be images, such as debian:12,ghcr.io/team/tool:*",
});

const environmentSchema = z.object({
  SUPEROS_HOME: z.string().min(1).optional(),
  SUPEROS_PORT: z
    .string()
    .regex(/^\d{1,5}$/, "must be a port number")
    .transform(Number)
    .refine((port) => port >= 1 && port <= 65_535, "must be between 1 and 65535")
    .default(7070),
  /** The origin that a reverse proxy serves this instance under. */
  SUPEROS_PUBLIC_ORIGIN: originSchema.optional(),
  /** The origin below whose name previews are served, each under a name of its own. */
  SUPEROS_PREVIEW_ORIGIN: previewOriginSchema.optional(),
  /** Private addresses that processes may be given: `10.0.0.5:5432,10.0.0.6:6379`. */
  SUPEROS_NET_PRIVATE: z.string().default("").transform(privateTargets),
  /** Images that are no runtime's, and that processes may be made from: `debian:12,ghcr.io/team/tool:*`. */
  SUPEROS_ALLOWED_IMAGES: z.string().default("").transform(allowedImages),
  /** Whether one of them that is not here is pulled. */
  SUPEROS_PULL_IMAGES: z.enum(["yes", "no"]).default("no"),
  /** The folder of the runtimes, in the place of `images/`; it holds a `base`, too. */
  SUPEROS_IMAGES: z.string().min(1).optional(),
  /** The image of Unreal Engine, which everybody has to get from its maker. */
  SUPEROS_UNREAL_IMAGE: z.string().min(1).optional(),
});

const identitySchema = z.strictObject({
  /** Labels this instance's containers. */
  instance: z.string().regex(/^[a-z0-9]{8}$/),
  /** Users of the services where the kernel is root. */
  policyUid: z.number().int().positive(),
  gatewayUid: z.number().int().positive(),
  egressUid: z.number().int().positive().optional(),
});
export type Identity = z.infer<typeof identitySchema> & { egressUid: number };

/** User ids are drawn from here: above what systems give to people, services and user namespaces. */
const uidRange = { least: 0x3000_0000, count: 0x1000_0000 } as const;

export const freshUid = (): number => uidRange.least + randomInt(uidRange.count);

export interface Home {
  dir: string;
  port: number;
  publicOrigin: string | undefined;
  previewOrigin: string | undefined;
  /** NET_CONNECT of each private address that processes may be given. */
  privateTargets: CapabilityTable;
  /** IMAGE of each that processes may be made from. */
  allowedImages: CapabilityTable;
  pullImages: boolean;
  projectsDir: string;
  /** Sockets and process directories; cleared at each start. */
  runDir: string;
  processesDir: string;
  spoolDir: string;
  logDir: string;
  journalDir: string;
  policyDir: string;
  gatewayDir: string;
  egressDir: string;
  cliFile: string;
  identity: Identity;
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** Makes the home ready. Faults: `invalid` settings, `denied` for a home that cannot be written. */
export function openHome(env: NodeJS.ProcessEnv): Home {
  const settings = parseAtDoor(environmentSchema, env, "environment");
  const dir = resolve(settings.SUPEROS_HOME ?? join(checkout, ".superos"));
  const projectsDir = settings.SUPEROS_HOME === undefined ? join(checkout, "projects") : join(dir, "projects");
  const runDir = join(dir, "run");
  const dirs = {
    runDir,
    processesDir: join(runDir, "p"),
    spoolDir: join(dir, "spool"),
    logDir: join(dir, "log"),
    journalDir: join(dir, "journal"),
    policyDir: join(dir, "policy"),
    gatewayDir: join(runDir, "gateway"),
    egressDir: join(runDir, "egress"),
  };
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    for (const path of Object.values(dirs)) mkdirSync(path, { recursive: true, mode: 0o700 });
    return {
      dir,
      port: settings.SUPEROS_PORT,
      publicOrigin: settings.SUPEROS_PUBLIC_ORIGIN,
      previewOrigin: settings.SUPEROS_PREVIEW_ORIGIN,
      privateTargets: settings.SUPEROS_NET_PRIVATE,
      allowedImages: settings.SUPEROS_ALLOWED_IMAGES,
      pullImages: settings.SUPEROS_PULL_IMAGES === "yes",
      projectsDir,
      ...dirs,
      cliFile: join(dir, "cli.json"),
      identity: identityOf(dir),
    };
  } catch (error) {
    if (error instanceof Fault) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Fault("denied", `the home ${dir} cannot be written: ${reason}`, {
      hint: "Set SUPEROS_HOME to a directory that you can write, or change the owner of this one.",
    });
  }
}

/**
 * Clears the services' sockets that an earlier kernel left in the run directory; what processes left there is recovered.
 * Call only while holding the journal's lock.
 */
export function clearRun(home: Home): void {
  for (const path of [home.gatewayDir, home.policyDir]) rmSync(join(path, "kernel.sock"), { force: true });
  if (!isRoot()) return;
  chownSync(home.policyDir, home.identity.policyUid, home.identity.policyUid);
  chownSync(home.gatewayDir, home.identity.gatewayUid, home.identity.gatewayUid);
  chownSync(home.egressDir, home.identity.egressUid, home.identity.egressUid);
}

function identityOf(dir: string): Identity {
  const file = join(dir, "instance.json");
  if (!existsSync(file)) {
    const identity = {
      instance: randomBytes(8).toString("hex").slice(0, 8),
      policyUid: freshUid(),
      gatewayUid: freshUid(),
      egressUid: freshUid(),
    };
    writeFileSync(file, `${JSON.stringify(identity)}\n`, { mode: 0o600, flag: "wx" });
    return identity;
  }
  const known = parseAtDoor(identitySchema, JSON.parse(readFileSync(file, "utf8")), file);
  if (known.egressUid !== undefined) return { ...known, egressUid: known.egressUid };
  // A home of a version without the egress service.
  const identity = { ...known, egressUid: freshUid() };
  writeFileSync(file, `${JSON.stringify(identity)}\n`, { mode: 0o600 });
  return identity;
}

/** What a service needs to run as another user; empty where the kernel is not root. */
export function servicePrivileges(uid: number): Record<string, string> {
  return isRoot() ? { SUPEROS_UID: String(uid), SUPEROS_GID: String(uid) } : {};
}
