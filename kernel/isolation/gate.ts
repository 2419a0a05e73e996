/**
 * The gate: what runs first in every container and becomes the program.
 *
 * It opens the stdio FIFOs that the kernel made, or keeps its terminal, says which inode each mount of its arguments
 * shows, says `ready`, reads one launch message, gives its input up where the message says that there is none, starts the
 * relay where it names one, and execs. It runs without authority of its own, as the process's user; nothing of user text is
 * ever evaluated by it. It is the command `gate` of a static program (images/base/sos/gate.c), which needs nothing else of
 * the image.
 */

/** Where the process's directory appears in the container. */
export const processDirectory = "/run/superos";

/** The program that is the gate, and the relay that joins the container's loopback with sockets in the process's directory. */
export const boxProgram = "/usr/local/bin/sos";

/** The same program as a container of any other image has it: static, so that nothing of the image takes part in it. */
export const placedProgram = `${processDirectory}/sos`;

/** The gate, before the mounts that it tells; it keeps a terminal, which is its stdin, stdout and stderr already. */
export const gateCommand = (program: string, tty: boolean): string[] => [program, "gate", ...(tty ? ["--tty"] : [])];

/** The FIFOs in it, with who writes: the kernel makes each before the container starts. */
export const gateFifos = {
  stdin: { mode: "0604", direction: "in" },
  stdout: { mode: "0602", direction: "out" },
  stderr: { mode: "0602", direction: "out" },
  launch: { mode: "0604", direction: "in" },
  report: { mode: "0602", direction: "out" },
} as const;
export type GateFifo = keyof typeof gateFifos;

/** What the gate says on its report FIFO, one a line; `mount` with the device and inode that a target shows. */
export type GateReport = "ready" | "launched" | "chdir" | "relay" | `mount ${string}`;

/** Whether a line is one of the gate's. */
export const isGateReport = (line: string): line is GateReport =>
  /^(ready|launched|chdir|relay|mount \d{1,20}:\d{1,20})$/.test(line);

export interface Launch {
  /** Whether the program has the gate's stdin, or none. */
  stdin: boolean;
  /** Arguments of the relay; none, no relay. */
  relay: readonly string[];
  /** Absolute directory inside the container. */
  cwd: string;
  env: Readonly<Record<string, string>>;
  argv: readonly string[];
}

/**
 * The launch message: how many texts follow; `open`, or `none` where there is no input; how many are the relay's arguments, and
 * they; the directory; how many are variables, and they; the arguments. Each ends with a NUL, which none holds.
 */
export function encodeLaunch({ stdin, relay, cwd, env, argv }: Launch): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const texts = [stdin ? "open" : "none", relay.length, ...relay, cwd, variables.length, ...variables, ...argv];
  return [texts.length, ...texts].map((text) => `${text}\0`).join("");
}
