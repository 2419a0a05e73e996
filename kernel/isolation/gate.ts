/**
 * The gate: what runs first in every container and becomes the program.
 *
 * It opens the stdio FIFOs that the kernel made, or keeps its terminal, says which inode each mount of its arguments
 * shows, says `ready`, reads one launch message, starts the relay where the message names one, and execs. It runs
 * without authority of its own, as the process's user; nothing of user text is ever evaluated by it. Arguments come as
 * lines: each text is preceded by the number of lines it spans, because `read` splits at newlines. Variables are set
 * by env(1) and never by the shell, to which names such as OPTIND and IFS mean something.
 */

/** Where the process's directory appears in the container. */
export const processDirectory = "/run/superos";

/** The program of the base image that joins the container's loopback with sockets in the process's directory. */
export const relayProgram = "/usr/local/bin/sos";

/** The FIFOs in it, with who writes: the kernel makes each before the container starts. */
export const gateFifos = {
  stdin: { mode: "0604", direction: "in" },
  stdout: { mode: "0602", direction: "out" },
  stderr: { mode: "0602", direction: "out" },
  launch: { mode: "0604", direction: "in" },
  report: { mode: "0602", direction: "out" },
} as const;
export type GateFifo = keyof typeof gateFifos;

const openStdio = `0<${processDirectory}/stdin 1>${processDirectory}/stdout 2>${processDirectory}/stderr`;

const scriptWith = (stdio: string): string => `
exec ${stdio} 3<${processDirectory}/launch 4>${processDirectory}/report
[ $# -eq 0 ] || stat -c 'mount %d:%i' -- "$@" >&4 || exit 125
echo ready >&4
newline='
'
take() {
  read -r lines <&3 || exit 125
  IFS= read -r text <&3 || exit 125
  while [ "$lines" -gt 1 ]; do
    IFS= read -r more <&3 || exit 125
    text=$text$newline$more
    lines=$((lines - 1))
  done
}
read -r count <&3 || exit 125
set --
while [ "$count" -gt 0 ]; do
  take
  set -- "$@" "$text"
  count=$((count - 1))
done
[ $# -eq 0 ] || ${relayProgram} relay "$@" 3<&- 4>&- || { echo relay >&4; exit 125; }
take
cd "./$text" 2>/dev/null || { echo chdir >&4; exit 125; }
unset OLDPWD
read -r count <&3 || exit 125
set --
while [ "$count" -gt 0 ]; do
  take
  set -- "$@" "$text"
  count=$((count - 1))
done
echo launched >&4
exec 3<&- 4>&-
exec env -- "$@"
`;

export const gateScript = scriptWith(openStdio);
/** The gate of a container with a terminal, which is its stdin, stdout and stderr already. */
export const terminalGateScript = scriptWith("");

/** What the gate says on its report FIFO, one a line; `mount` with the device and inode that a target shows. */
export type GateReport = "ready" | "launched" | "chdir" | "relay" | `mount ${string}`;

/** Whether a line is one of the gate's. */
export const isGateReport = (line: string): line is GateReport =>
  /^(ready|launched|chdir|relay|mount \d{1,20}:\d{1,20})$/.test(line);

export interface Launch {
  /** Arguments of the relay; none, no relay. */
  relay: readonly string[];
  /** Absolute directory inside the container. */
  cwd: string;
  env: Readonly<Record<string, string>>;
  argv: readonly string[];
}

function lines(text: string): string {
  return `${text.split("\n").length}\n${text}\n`;
}

/** A program whose name env(1) would take for a variable is started by a shell, from its arguments. */
const startable = (argv: readonly string[]): readonly string[] =>
  argv[0]?.includes("=") === true ? ["/bin/sh", "-c", 'exec "$@"', "sh", ...argv] : argv;

const counted = (texts: readonly string[]): string[] => [`${texts.length}\n`, ...texts.map(lines)];

/** The launch message: the relay's arguments, the directory, then the environment with the arguments. */
export function encodeLaunch(launch: Launch): string {
  const texts = [...Object.entries(launch.env).map(([name, value]) => `${name}=${value}`), ...startable(launch.argv)];
  return [...counted(launch.relay), lines(launch.cwd), ...counted(texts)].join("");
}
