/**
 * Which names and origins are this server's own.
 *
 * A request under another name is refused: a page that rebinds its own name to 127.0.0.1 must not reach us. The list
 * is the loopback names at our port, and the one origin of a reverse proxy where one is configured.
 */

export class Site {
  readonly port: number;
  /** The origin of the reverse proxy, where there is one. */
  readonly publicOrigin: string | undefined;
  /** Lower-case `Host` to the origin of pages served under it. */
  readonly #origins: ReadonlyMap<string, string>;

  constructor(port: number, publicOrigin?: string) {
    this.port = port;
    this.publicOrigin = publicOrigin;
    const loopback = ["127.0.0.1", "localhost", "[::1]"].flatMap((name) =>
      port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
    );
    const origins = new Map(loopback.map((host) => [host, new URL(`http://${host}`).origin]));
    if (publicOrigin !== undefined) origins.set(new URL(publicOrigin).host, publicOrigin);
    this.#origins = origins;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get cookieName(): string {
    return `superos_${this.port}`;
  }

  /** The origin of our pages under this `Host`; `undefined` where the name is not ours. */
  originOf(host: string | undefined): string | undefined {
    return host === undefined ? undefined : this.#origins.get(host.toLowerCase());
  }

  isOwnHost(host: string | undefined): boolean {
    return this.originOf(host) !== undefined;
  }

  isOwnOrigin(host: string | undefined, origin: string): boolean {
    return this.originOf(host) === origin;
  }

  /** The address that signs in with a one-time code, as who asked under this `Host` can hand it on. */
  signInUrl(host: string | undefined, code: string): string {
    return `${this.publicOrigin ?? this.originOf(host) ?? this.url}/signin#code=${encodeURIComponent(code)}`;
  }

  isSecure(host: string | undefined): boolean {
    return this.originOf(host)?.startsWith("https:") === true;
  }
}
