import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeLaunch, gateScript, type Launch, processDirectory, relayProgram, terminalGateScript } from "./gate.ts";

/** The gate as it runs in a container, but with plain files in the place of FIFOs and this machine's sh. */

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "superos-gate-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

interface Passed {
  code: number | null;
  stdout: Buffer;
  stderr: string;
  report: string;
}

/** `sos` is what stands in the relay's place. */
function pass(message: string, mounts: readonly string[] = [], sos = "exit 99"): Passed {
  writeFileSync(join(dir, "sos"), `#!/bin/sh\n${sos}\n`, { mode: 0o755 });
  for (const [name, content] of Object.entries({
    stdin: "input",
    stdout: "",
    stderr: "",
    launch: message,
    report: "",
  })) {
    writeFileSync(join(dir, name), content);
  }
  const script = gateScript.replaceAll(processDirectory, dir).replaceAll(relayProgram, join(dir, "sos"));
  const env = { HOME: "/tmp", PATH: "/usr/bin:/bin" };
  const { status } = spawnSync("/bin/sh", ["-c", script, "gate", ...mounts], { cwd: "/", env, timeout: 60_000 });
  const read = (name: string): Buffer => readFileSync(join(dir, name));
  return { code: status, stdout: read("stdout"), stderr: read("stderr").toString(), report: read("report").toString() };
}

const launch = (more: Partial<Launch>): Passed =>
  pass(encodeLaunch({ relay: [], cwd: "/", env: {}, argv: ["true"], ...more }));

/** The texts that a program got as arguments, exactly. */
function argumentsOf(argv: readonly string[]): string[] {
  const { stdout, report } = launch({ argv: ["printf", "%s\\0", ...argv] });
  expect(report).toBe("ready\nlaunched\n");
  return stdout.toString("utf8").split("\0").slice(0, -1);
}

function environmentOf(env: Record<string, string>, argv = ["/usr/bin/env", "-0"]): Record<string, string> {
  const { stdout } = launch({ env, argv });
  const entries = stdout.toString("utf8").split("\0").slice(0, -1);
  return Object.fromEntries(
    entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
}

const everyByte = Array.from({ length: 0x7ff }, (_, index) => String.fromCodePoint(index + 1)).join("");
const texts: readonly string[] = [
  "",
  " ",
  "\n",
  "\n\n",
  "a\n",
  "\na",
  "a\n\nb\n",
  "\\",
  "\\n",
  "a\\",
  "'",
  '"',
  "`id`",
  "$(id)",
  "$HOME",
  "${IFS}",
  "*",
  "?",
  "~",
  "-n",
  "--",
  "-",
  "=",
  "!",
  "a  b\tc",
  "\t",
  "\r\n",
  "#",
  ";exit 3",
  "&",
  "|",
  "(",
  ")",
  "😁🤖",
  "é\u0081\u0082",
  "\u0001\u0002\u007f",
  "3",
  "0",
  everyByte,
];

describe("the gate", () => {
  test.each(texts.map((text) => [text.slice(0, 20), text] as const))(
    "passes %j on as an argument, byte for byte",
    (_, text) => {
      expect(argumentsOf([text, "x", text])).toEqual([text, "x", text]);
    },
  );

  test("passes many arguments on in their order", () => {
    const many = Array.from({ length: 500 }, (_, index) => (index % 3 === 0 ? "" : `${index}\n${index}`));
    expect(argumentsOf(many)).toEqual(many);
  });

  test.each(texts.map((text) => [text.slice(0, 20), text] as const))(
    "passes %j on as the value of a variable",
    (_, text) => {
      expect(environmentOf({ FIRST: text, SECOND: text })).toMatchObject({ FIRST: text, SECOND: text });
    },
  );

  test.each([
    "IFS",
    "PATH",
    "HOME",
    "PWD",
    "OLDPWD",
    "ENV",
    "PS1",
    "PS2",
    "PS4",
    "PPID",
    "OPTIND",
    "OPTARG",
    "LINENO",
    "MAIL",
    "MAILPATH",
    "MAILCHECK",
    "TERM",
    "HISTSIZE",
    "FCEDIT",
    "_",
    "newline",
    "lines",
    "text",
    "more",
    "count",
    "take",
    "LC_ALL",
    "LANG",
    "SHELLOPTS",
    "BASH_ENV",
    "POSIXLY_CORRECT",
  ])("is not disturbed by a variable of the name %s", (name) => {
    for (const value of ["", "x y", "0", "-1", "\n", "/nonexistent", "$(id)"]) {
      const got = environmentOf({ BEFORE: "1", [name]: value, AFTER: "2" });
      expect(got, `${name}=${JSON.stringify(value)}`).toMatchObject({ BEFORE: "1", [name]: value, AFTER: "2" });
    }
  });

  test("adds no variable of its own but the working directory", () => {
    expect(Object.keys(environmentOf({ ONE: "1" })).toSorted()).toEqual(["HOME", "ONE", "PATH", "PWD"]);
  });

  test("starts a program whose name looks like a variable or an option", () => {
    mkdirSync(join(dir, "odd"));
    for (const name of ["A=b", "-i", "--help", "-S"]) {
      const script = '#!/bin/sh\nprintf \'%s,\' "$#" "$X" "$@"\n';
      writeFileSync(join(dir, "odd", name), script, { mode: 0o755 });
      const env = { PATH: `${dir}/odd:/usr/bin:/bin`, X: "y" };
      expect(launch({ env, argv: [name, "C=d", ""] }).stdout.toString()).toBe("2,y,C=d,,");
    }
    expect(launch({ env: {}, argv: ["A=b"] }).code).toBe(127);
  });

  test("finds the program by the PATH that the program gets", () => {
    mkdirSync(join(dir, "bin"));
    writeFileSync(join(dir, "bin", "env"), "#!/bin/sh\necho mine\n", { mode: 0o755 });
    expect(launch({ env: { PATH: join(dir, "bin") }, argv: ["env"] }).stdout.toString()).toBe("mine\n");
    expect(launch({ env: { PATH: "/nonexistent" }, argv: ["env"] }).code).toBe(127);
  });

  test("starts the program in its directory, whatever that is called", () => {
    for (const name of ["plain", "with space", "line\nbreak", "-n", "$(id)", "é😁"]) {
      mkdirSync(join(dir, name));
      const { stdout, report } = launch({ cwd: join(dir, name), argv: ["/bin/pwd"] });
      expect([stdout.toString(), report]).toEqual([`${join(dir, name)}\n`, "ready\nlaunched\n"]);
    }
  });

  test("says so when the directory is not there, and starts nothing", () => {
    for (const cwd of [join(dir, "missing"), join(dir, "stdin"), `${dir}/missing\n`]) {
      const { code, stdout, report } = launch({ cwd, argv: ["echo", "ran"] });
      expect({ code, stdout: stdout.toString(), report }).toEqual({ code: 125, stdout: "", report: "ready\nchdir\n" });
    }
  });

  test("becomes the program: its exit code, its input, and no descriptor of the gate's", () => {
    expect(launch({ argv: ["sh", "-c", "exit 7"] }).code).toBe(7);
    expect(launch({ argv: ["cat"] }).stdout.toString()).toBe("input");
    const open = launch({
      argv: ["sh", "-c", "for n in 3 4 5 6 7 8 9; do [ -e /proc/self/fd/$n ] && echo $n; done; exit 0"],
    });
    expect(open.stdout.toString()).toBe("");
    expect(launch({ argv: ["no-such-program"] }).code).toBe(127);
    expect(launch({ argv: ["/etc/passwd"] }).code).toBe(126);
  });

  test("keeps the terminal that it was started on, and leaves the program no other descriptor", () => {
    writeFileSync(join(dir, "gate"), terminalGateScript.replaceAll(processDirectory, dir));
    writeFileSync(join(dir, "report"), "");
    const program = "for n in 0 1 2; do [ -t $n ] && echo $n; done; ls -l /proc/self/fd; exit 7";
    writeFileSync(join(dir, "launch"), encodeLaunch({ relay: [], cwd: "/", env: {}, argv: ["sh", "-c", program] }));
    // script(1) gives it a terminal.
    const onTerminal = ["-qec", `sh ${join(dir, "gate")}`, "/dev/null"];
    const { status, stdout } = spawnSync("script", onTerminal, { timeout: 60_000, encoding: "utf8" });
    expect(status).toBe(7);
    expect(stdout).toMatch(/^0\r\n1\r\n2\r\n/);
    expect(stdout).not.toContain(dir);
    expect(readFileSync(join(dir, "report"), "utf8")).toBe("ready\nlaunched\n");
  });

  test("says which inode each mount shows before it is ready, and starts nothing when one cannot be told", () => {
    const mounts = [dir, "/", "/etc"];
    const ids = mounts.map((path) => statSync(path, { bigint: true })).map(({ dev, ino }) => `mount ${dev}:${ino}\n`);
    const message = encodeLaunch({ relay: [], cwd: "/", env: {}, argv: ["true"] });
    expect(pass(message, mounts).report).toBe(`${ids.join("")}ready\nlaunched\n`);
    for (const hostile of ["/no/such", "-f", "--help"])
      expect(pass(message, [hostile])).toMatchObject({ code: 125, report: "" });
  });

  test("starts the relay with its arguments before the program, and nothing where it cannot", () => {
    const relay = ["listen", "3128", "a b\nc", "$(id)"];
    const calls = join(dir, "calls");
    const started = pass(
      encodeLaunch({ relay, cwd: "/", env: {}, argv: ["cat", calls] }),
      [],
      `printf '%s\\0' "$@" >${calls}`,
    );
    expect(started.stdout.toString().split("\0").slice(0, -1)).toEqual(["relay", ...relay]);
    const refused = pass(encodeLaunch({ relay, cwd: "/", env: {}, argv: ["echo", "ran"] }), [], "exit 1");
    expect(refused).toMatchObject({ code: 125, report: "ready\nrelay\n" });
    expect(refused.stdout.toString()).toBe("");
  });

  test("starts nothing when the message is cut off anywhere", () => {
    const message = encodeLaunch({ relay: [], cwd: "/", env: { NAME: "a\nb" }, argv: ["echo", "ran", ""] });
    for (let length = 0; length < message.length; length += 1) {
      const { code, stdout, report } = pass(message.slice(0, length));
      expect([length, code, stdout.toString(), report]).toEqual([length, 125, "", "ready\n"]);
    }
  });
});
