import { argvSchema, Fault, parseAtDoor, toFault } from "../abi/index.ts";
import { type FoundImage, ImageBuilder, type Progress } from "./image-builder.ts";

/**
 * Images that are none of SuperOS's own, by reference.
 *
 * A reference is looked up once for each process, and its container is made from the content id that it led to. Of what
 * an image says of itself its program, its directory, its environment and its volumes are taken, these as empty directories
 * in memory; the rest takes no effect.
 */

export interface OtherImage {
  /** Content id. */
  id: string;
  entrypoint: readonly string[];
  /** What follows the entry point where nothing else is named. */
  command: readonly string[];
  /** Absolute; `null` where it names none. */
  directory: string | null;
  /** Directories that it wants to have outside of itself, absolute. */
  volumes: readonly string[];
}

/** Mounts of the box, in which no image has anything to say. */
const boxPlaces = ["/dev", "/proc", "/project", "/run/superos", "/sys", "/tmp"] as const;
const volumesLimit = 16;
/** As images name directories; others are more than any needs. */
const volumePath = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.@+-]{1,64}){1,16}$/;

/** What lies on the way to what the engine mounts in every box, and the box's own. */
const mountPlaces = [
  "/dev",
  "/dev/console",
  "/dev/mqueue",
  "/dev/pts",
  "/dev/shm",
  "/etc",
  "/etc/hostname",
  "/etc/hosts",
  "/etc/resolv.conf",
  "/proc",
  "/project",
  "/run",
  "/run/superos",
  "/sbin",
  "/sbin/docker-init",
  "/sys",
  "/tmp",
  "/usr",
  "/usr/bin",
  "/usr/sbin",
] as const;

/** Where systems keep the programs of /sbin with others. */
const usualLinks: Readonly<Record<string, readonly string[]>> = {
  "/sbin": ["/usr/sbin", "/usr/bin"],
  "/usr/sbin": ["/usr/bin"],
};

export interface OtherImagesOptions {
  /** Whether what is not here is pulled. */
  pull: boolean;
  progress: Progress;
}

export class OtherImages {
  readonly #options: OtherImagesOptions;
  readonly #builder: ImageBuilder;
  readonly #pulls = new Map<string, Promise<void>>();
  /** Content ids of those that were looked into. */
  readonly #sound = new Set<string>();

  constructor(options: OtherImagesOptions, builder = new ImageBuilder()) {
    this.#options = options;
    this.#builder = builder;
  }

  /** Faults: `not_found` for one that is not here, `unavailable` where it cannot be pulled, `unsupported`. */
  async resolve(reference: string): Promise<OtherImage> {
    const found = await this.#builder.find(reference);
    if (found !== undefined) return this.#checked(reference, found);
    if (!this.#options.pull) {
      throw new Fault("not_found", `the image ${reference} is not on this server`, {
        hint: `Whoever runs the server gets it with: docker pull ${reference}`,
      });
    }
    await this.#pull(reference);
    return this.#checked(reference, await this.#builder.require(reference));
  }

  /**
   * Refuses an image with links where mounts go: the engine makes what is missing for a mount as root, wherever a link leads,
   * and so in a project that is mounted before.
   */
  async #checked(reference: string, found: FoundImage): Promise<OtherImage> {
    const image = described(reference, found);
    if (this.#sound.has(image.id)) return image;
    const places = new Set([...mountPlaces, ...image.volumes.flatMap(wayTo)]);
    const links = await this.#builder.links(image.id, [...places]);
    const stray = links.find(([path, target]) => !(usualLinks[path] ?? []).includes(target));
    if (stray !== undefined) {
      throw new Fault("unsupported", `no box can be made of the image ${reference}: its ${stray[0]} is a link`, {
        hint: "Make an image with a directory there.",
      });
    }
    this.#sound.add(image.id);
    return image;
  }

  /** Once for all who wait for it. */
  #pull(reference: string): Promise<void> {
    const pulling = this.#pulls.get(reference) ?? this.#pullNow(reference);
    this.#pulls.set(reference, pulling);
    return pulling;
  }

  async #pullNow(reference: string): Promise<void> {
    try {
      await this.#builder.pull(reference, this.#options.progress);
    } catch (error) {
      const message = `the image ${reference} is not on this server and cannot be pulled: ${toFault(error).message}`;
      const hint = `Whoever runs the server sees why with: docker pull ${reference}`;
      throw new Fault("unavailable", message, { hint, cause: error });
    } finally {
      this.#pulls.delete(reference);
    }
  }
}

function described(reference: string, { id, config }: FoundImage): OtherImage {
  const volumes = Object.keys(config.Volumes);
  const unfit = volumes.length > volumesLimit ? volumes : volumes.filter((path) => !canBeVolume(path));
  if (unfit.length > 0) {
    throw new Fault("unsupported", `the image ${reference} wants volumes that no box has: ${told(unfit)}`, {
      hint: "docker export and docker import make an image without volumes.",
    });
  }
  const where = `the image ${reference}`;
  return {
    id,
    entrypoint: parseAtDoor(argvSchema, config.Entrypoint, where),
    command: parseAtDoor(argvSchema, config.Cmd, where),
    directory: config.WorkingDir.startsWith("/") ? config.WorkingDir : null,
    volumes,
  };
}

const told = (paths: readonly string[]): string => paths.join(", ").slice(0, 200);

const holds = (outer: string, inner: string): boolean => `${inner}/`.startsWith(`${outer}/`);

/** Whether a directory in memory can be there, beside what is mounted in every box. */
const canBeVolume = (path: string): boolean =>
  volumePath.test(path) &&
  !boxPlaces.some((place) => holds(place, path)) &&
  !mountPlaces.some((place) => holds(path, place));

/** A path and what leads to it: `/a`, `/a/b`, `/a/b/c`. */
const wayTo = (path: string): string[] =>
  path
    .split("/")
    .slice(1)
    .map((_, index, names) => `/${names.slice(0, index + 1).join("/")}`);
