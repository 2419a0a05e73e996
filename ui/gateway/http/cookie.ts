/** The one cookie: how it is found in a request and written into a response. */

export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? "").split(";")) {
    const equals = pair.indexOf("=");
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

export function writeCookie(name: string, value: string, options: { secure: boolean }): string {
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Strict${options.secure ? "; Secure" : ""}`;
}

export const clearCookie = (name: string): string => `${name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
