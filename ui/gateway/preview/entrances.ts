import { Fault, type Handle } from "../../../kernel/abi/index.ts";
import type { PreviewNames, PreviewTarget } from "./preview-names.ts";
import type { Tickets } from "./tickets.ts";

/**
 * The way from the dashboard's origin to a preview's: an address with a one-time ticket, which the preview's origin
 * exchanges for its cookie.
 *
 * The handle that the cookie holds is in no address, and a ticket is good at the one preview for which it was made.
 */

export interface OpenPreview extends PreviewTarget {
  handle: Handle;
}

export const enterPath = "/.superos/enter";

export class Entrances {
  readonly #names: PreviewNames;
  readonly #tickets: Tickets<OpenPreview>;

  constructor(names: PreviewNames, tickets: Tickets<OpenPreview>) {
    this.#names = names;
    this.#tickets = tickets;
  }

  /** The address to open, for who asked at the dashboard's origin `askedAt`. Faults: `unsupported`. */
  open(preview: OpenPreview, askedAt: string | undefined): string {
    const isHere = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(askedAt ?? "");
    if (!this.#names.isPublic && !isHere) {
      const hint = "Whoever runs the server sets SUPEROS_PREVIEW_ORIGIN; see docs/http.md.";
      throw new Fault("unsupported", "previews can be opened on the server's own machine only", { hint });
    }
    return `${this.#names.originOf(preview)}${enterPath}?ticket=${this.#tickets.issue(preview)}`;
  }

  /** The preview to which a ticket leads, if it is `target`. Either way the ticket is used up. */
  enter(ticket: string, target: PreviewTarget): OpenPreview | undefined {
    const preview = this.#tickets.redeem(ticket);
    return preview?.pid === target.pid && preview.port === target.port ? preview : undefined;
  }
}
