import { readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ProjectView } from "../../kernel/abi/index.ts";
import type { Instance } from "../setup/instance.ts";
import { outputOf, type Program, python, run, spawn } from "../system/caller.ts";
import { waitFor } from "../setup/wait-for.ts";

/**
 * Attacks as Python programs in boxes, and what came of each.
 *
 * Many attempts share one box, each in a forked child of its own: what one does to its process cannot spare another its
 * refusal. An attempt comes back as `ok`, as the name of the errno or signal that stopped it, or as the text it got.
 */

export const small = "MEM:64Mi";
export const reads = [small, "FS_READ:/project"];
export const writes = [...reads, "FS_WRITE:/project"];

/** What every program starts with: `tried` runs an attempt in a child, `call` is a system call by its number. */
export const prelude = `
import array, ctypes, errno, fcntl, json, mmap, os, resource, signal, socket, stat, struct, subprocess, sys, threading, time
x86 = os.uname().machine == "x86_64"
libc = ctypes.CDLL(None, use_errno=True)
def name_of(error):
    return errno.errorcode.get(error.errno, str(error.errno)) if error.errno else type(error).__name__
def here(act):
    try:
        value = act()
        return "ok" if value is None else str(value)
    except OSError as error:
        return name_of(error)
def tried(act, seconds=20):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        signal.alarm(seconds)
        try: answer = here(act)
        except BaseException as error: answer = "program: " + repr(error)
        os.write(write, answer.encode()[:4096])
        os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe: answer = pipe.read().decode()
    status = os.waitpid(child, 0)[1]
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else answer
def call(number, *arguments):
    """A system call: (x86-64, AArch64) numbers, or one for both. Bytes are passed by address."""
    if isinstance(number, tuple): number = number[0 if x86 else 1]
    if number is None: raise OSError(errno.ENOSYS, "not on this machine")
    passed = [each if isinstance(each, (bytes, ctypes.Array)) else ctypes.c_long(each) for each in arguments]
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *passed)
    if result == -1: raise OSError(ctypes.get_errno(), "")
def read(path):
    with open(path) as file: return file.read()
def write(path, text="x"):
    with open(path, "w") as file: file.write(text)
`;

/** Runs Python in a box; the value of `answer` comes back. */
export async function ask<S extends z.ZodType>(
  instance: Instance,
  schema: S,
  program: Omit<Program, "argv"> & { script: string },
): Promise<z.output<S>> {
  const { script, ...rest } = program;
  const argv = python(`${prelude}\n${script}\nprint(json.dumps(answer))`);
  const result = await run(instance, { argv, table: [small], ...rest });
  if (result.stdout === "") throw new Error(`${JSON.stringify(result.outcome)}: ${result.stderr.slice(-4000)}`);
  return schema.parse(JSON.parse(result.stdout));
}

export const words = z.record(z.string(), z.string());
export type Words = z.output<typeof words>;

/** One attempt: what is tried, how it is written in Python, and the ends that count as a refusal. */
export interface Attempt {
  title: string;
  act: string;
  expect: readonly string[];
}

/** Python that makes every attempt and answers with what came of each, by title. */
export const script = (attempts: readonly Attempt[]): string =>
  `answer = {}\n${attempts.map(({ title, act }) => `answer[${JSON.stringify(title)}] = tried(lambda: ${act})`).join("\n")}`;

/** Starts Python that goes on until somebody ends it, and waits for its first line. */
export async function start(instance: Instance, program: Omit<Program, "argv"> & { script: string }): Promise<number> {
  const { script: text, ...rest } = program;
  const { pid } = await spawn(instance, { argv: python(`${prelude}\n${text}`), table: [small], ...rest });
  await waitFor(`process ${pid} to say that it is ready`, async () => (await said(instance, pid)).includes("\n"));
  return pid;
}

/** What a process has written to its stdout until now. */
export const said = async (instance: Instance, pid: number): Promise<string> =>
  (await outputOf(instance, pid, false)).stdout.toString();

/** Where a project's files lie on the host. */
export function filesOf(instance: Instance, project: ProjectView): string {
  const projects = join(instance.home, "projects");
  const folder = readdirSync(projects).find((name) => name === project.id);
  if (folder === undefined) throw new Error(`the files of ${project.name} are not on disk`);
  return join(projects, folder, "files");
}

/** Rows for `test.each`, whose first column is the title: a test each. */
export const titled = (attempts: readonly Attempt[]): [string, readonly string[]][] =>
  attempts.map(({ title, expect: refusals }) => [title, refusals]);
