import { realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";

/**
 * From the path of a request to a file. Nothing outside the root is ever found: neither by dots, however they are
 * encoded, nor through a symbolic link. Names that begin with a dot are not served.
 */
export type Located =
  | { kind: "file"; path: string; bytes: number; changedMs: number }
  /** A directory was named without its final slash, on which relative links depend. */
  | { kind: "moved"; to: string }
  | { kind: "none" };

const nothing: Located = { kind: "none" };

function parts(pathname: string): string[] | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
  const found = decoded.split("/").filter((part) => part !== "");
  const sound = found.every((part) => !part.startsWith(".") && !part.includes("\0") && !part.includes("\\"));
  return sound && decoded.startsWith("/") ? found : undefined;
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  "code" in error &&
  ["ENOENT", "ENOTDIR", "EACCES", "ELOOP", "ENAMETOOLONG"].includes(String(error.code));

/** `root` is a real path. `index` is the file that a directory stands for. */
export async function locate(root: string, pathname: string, index = "index.html"): Promise<Located> {
  const wanted = parts(pathname);
  if (wanted === undefined) return nothing;
  try {
    const path = await realpath(join(root, ...wanted));
    if (path !== root && !path.startsWith(root === sep ? root : root + sep)) return nothing;
    const found = await stat(path);
    if (found.isDirectory()) {
      const name = encodeURIComponent(index);
      if (pathname.endsWith("/")) return await locate(root, `${pathname}${name}`, index);
      const inside = await locate(root, `${pathname}/${name}`, index);
      return inside.kind === "file" ? { kind: "moved", to: `/${wanted.map(encodeURIComponent).join("/")}/` } : nothing;
    }
    if (!found.isFile()) return nothing;
    return { kind: "file", path, bytes: found.size, changedMs: found.mtimeMs };
  } catch (error) {
    if (isMissing(error)) return nothing;
    throw error;
  }
}
