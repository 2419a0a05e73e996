import { pidSchema, portSchema, type Pid } from "../../../kernel/abi/index.ts";

/**
 * The host names of previews: `p12-8080.` before one name, so that each port of each process has an origin of its own.
 *
 * A preview has exactly one name. No name of a preview is a name of the dashboard's, whatever else is configured: a
 * request goes by its `Host` to one of the two and never to the other.
 */

/** The port of one process. */
export interface PreviewTarget {
  pid: Pid;
  port: number;
}

const label = /^p([1-9]\d{0,15})-([1-9]\d{0,4})$/;

export class PreviewNames {
  /** Whether a reverse proxy serves previews, so that others than this machine reach them. */
  readonly isPublic: boolean;
  readonly isSecure: boolean;
  readonly #base: URL;

  /** Without an origin of a proxy the names are below `localhost`, which browsers resolve to this machine. */
  constructor(gatewayPort: number, previewOrigin?: string) {
    this.isPublic = previewOrigin !== undefined;
    this.#base = new URL(previewOrigin ?? `http://localhost:${gatewayPort}`);
    this.isSecure = this.#base.protocol === "https:";
  }

  /** A name with `__Host-` is taken by browsers from this very host alone, never from one beside or above it. */
  get cookieName(): string {
    return this.isSecure ? "__Host-superos-preview" : "superos-preview";
  }

  get scheme(): "http" | "https" {
    return this.isSecure ? "https" : "http";
  }

  originOf({ pid, port }: PreviewTarget): string {
    return `${this.#base.protocol}//p${pid}-${port}.${this.#base.host}`;
  }

  /** Whose preview a `Host` names; `undefined` where it is not the name of one. */
  find(host: string | undefined): PreviewTarget | undefined {
    const [first = "", ...rest] = (host ?? "").toLowerCase().split(".");
    if (rest.join(".") !== this.#base.host) return undefined;
    const [, pid, port] = label.exec(first) ?? [];
    const target = { pid: pidSchema.safeParse(Number(pid)), port: portSchema.safeParse(Number(port)) };
    return target.pid.success && target.port.success ? { pid: target.pid.data, port: target.port.data } : undefined;
  }
}
