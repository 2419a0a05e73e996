import type { Place } from "./diagnostic.ts";
import type { RawPlace } from "./finding.ts";

/**
 * Which file a message means.
 *
 * A path is taken from the working directory of the process. What is then below /project is named by its path within the
 * project; anything else stays absolute. What is no file (`<stdin>`, `[eval]`, `node:internal/...`) has no name.
 */

export interface Surroundings {
  /** Absolute, inside the container. */
  cwd: string;
  /** Files of the project that the command line names, by their paths within it. */
  files: readonly string[];
  /** Files that the project has, of those that a message names without their folder. */
  known?: readonly string[];
}

const root = "/project";
const pathLimit = 1024;
const noFile = /^$|^[<[(]|^-$|^(?:node|internal|webpack|native|evalmachine|pyodide):|^[\d\s]+$/;
const built = /\.(?:o|obj|a|so|class|pyc)$/;

/** Takes `.` and `..` out of an absolute path. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function fromAddress(file: string): string {
  if (!file.startsWith("file://")) return file;
  const path = file.slice("file://".length).replace(/[?#].*$/, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const baseOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1);

const endsSo = (path: string, end: string): boolean => path === end || path.endsWith(`/${end}`);

/** Of a path whose end alone is known: the file that the command line names so, or one beside what it names. */
function complete(file: string, { files, known = [] }: Surroundings): string {
  const named =
    files.find((one) => endsSo(one, file)) ??
    known.find((one) => endsSo(one, file)) ??
    [...files, ...known].find((one) => baseOf(one) === baseOf(file));
  if (named !== undefined) return `${root}/${named}`;
  const [first] = files;
  return `${root}/${file.includes("/") || first === undefined ? "" : folderOf(first)}${file}`;
}

function resolve(written: string, around: Surroundings, loose: boolean): string | null {
  const file = fromAddress(written.trim());
  if (file.length > pathLimit || noFile.test(file) || built.test(file)) return null;
  if (file.startsWith("/")) return inProject(normal(file));
  return inProject(normal(loose ? complete(file, around) : `${around.cwd}/${file}`));
}

const inProject = (path: string): string | null =>
  path === root || path === "/" ? null : path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;

export function placeOf(raw: RawPlace, around: Surroundings): Place | null {
  const file = resolve(raw.file, around, raw.loose ?? false);
  return file === null ? null : { file, line: raw.line ?? null, column: raw.column ?? null };
}

/** The names of files that are told without their folder. */
export const looseName = ({ file, loose, library }: RawPlace): string | undefined =>
  loose === true && library !== true && !file.startsWith("/") ? baseOf(file) : undefined;

export const isInProject = (file: string): boolean => !file.startsWith("/");

/** The files that a command line names: its arguments that look like files of the project. */
export function filesOf(argv: readonly string[], cwd: string): string[] {
  const found = argv.slice(0, 64).flatMap((argument) => {
    if (!/^[^-].*\.[A-Za-z0-9]{1,15}$/.test(argument) || argument.length > pathLimit) return [];
    const file = inProject(normal(argument.startsWith("/") ? argument : `${cwd}/${argument}`));
    return file !== null && isInProject(file) ? [file] : [];
  });
  return [...new Set(found)];
}
