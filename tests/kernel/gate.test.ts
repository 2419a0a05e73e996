import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runtimeNameSchema } from "../../kernel/abi/index.ts";
import { encodeLaunch, type Launch } from "../../kernel/isolation/gate.ts";
import { setUpImages } from "../../kernel/setup.ts";
import { GateBox, type Passage, type Passed } from "./gate-box.ts";

/** The gate of the image with its FIFOs, and the messages that the kernel writes. */

let box: GateBox;
beforeAll(async () => {
  const images = setUpImages(() => undefined);
  await images.load();
  box = new GateBox((await images.provide(runtimeNameSchema.parse("python"))).id);
});
afterAll(() => box[Symbol.asyncDispose]());

type Given = Partial<Launch> & Omit<Passage, "message">;

const launch = ({ stdin = true, relay = [], cwd = "/", env = {}, argv = ["true"], ...more }: Given): Promise<Passed> =>
  box.pass({ ...more, message: [encodeLaunch({ stdin, relay, cwd, env, argv })] });

/** What `printf '%s\0'` and `env -0` wrote. */
const textsOf = (written: Buffer): string[] => written.toString("utf8").split("\0").slice(0, -1);

/** The texts that a program got as arguments, exactly. */
async function argumentsOf(argv: readonly string[]): Promise<string[]> {
  const { stdout, report } = await launch({ argv: ["printf", "%s\\0", ...argv] });
  expect(report).toBe("ready\nlaunched\n");
  return textsOf(stdout);
}

async function environmentOf(env: Record<string, string>, more: Given = {}): Promise<Record<string, string>> {
  const { stdout } = await launch({ ...more, env, argv: ["/usr/bin/env", "-0"] });
  return Object.fromEntries(
    textsOf(stdout).map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
}

const script = (text: string): string => `#!/bin/sh\n${text}\n`;

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
    async (_, text) => {
      expect(await argumentsOf([text, "x", text])).toEqual([text, "x", text]);
    },
  );

  test("passes many arguments on in their order", async () => {
    const many = Array.from({ length: 4000 }, (_, index) => (index % 3 === 0 ? "" : `${index}\n${index}`));
    expect(await argumentsOf(many)).toEqual(many);
  });

  test("passes on as much as a process may be given, which is more than a pipe holds", async () => {
    const long = Array.from({ length: 7 }, (_, index) => String(index).repeat(131_071));
    expect(await argumentsOf(long)).toEqual(long);
    const env = Object.fromEntries(long.map((text, index) => [`LONG_${index}`, text.slice(7)]));
    expect(await environmentOf(env)).toMatchObject(env);
  });

  test("takes a message in whatever pieces it comes", async () => {
    const message = Buffer.from(
      encodeLaunch({
        stdin: true,
        relay: [],
        cwd: "/",
        env: { A: "é" },
        argv: ["sh", "-c", 'echo "$A" "$1"', "", "😁"],
      }),
    );
    const pieces = Array.from(message, (_, index) => message.subarray(index, index + 1));
    for (const each of [
      pieces,
      [message.subarray(0, 1), message.subarray(1)],
      [message.subarray(0, -1), message.subarray(-1)],
    ])
      expect((await box.pass({ message: each })).stdout.toString()).toBe("é 😁\n");
  });

  test("starts nothing when the message is cut off anywhere", async () => {
    const message = encodeLaunch({
      stdin: true,
      relay: [],
      cwd: "/",
      env: { NAME: "a\nb" },
      argv: ["echo", "ran", ""],
    });
    for (let length = 0; length < message.length; length += 1) {
      const { code, stdout, report } = await box.pass({ message: [message.slice(0, length)] });
      expect([length, code, stdout.toString(), report]).toEqual([length, 125, "", "ready\n"]);
    }
  });

  test("starts nothing when the message does not add up", async () => {
    for (const words of [
      "0",
      "1 open",
      "3 open 9 /",
      "4 open 0 / 9",
      "4 open 0 / 0",
      "6 open 0 / 2 A=b true",
      "x open 0 / 0 true",
      "5 open -1 / 0 true",
    ]) {
      const { code, report } = await box.pass({ message: words.split(" ").map((word) => `${word}\0`) });
      expect([words, code, report]).toEqual([words, 125, "ready\n"]);
    }
  });

  test.each(texts.map((text) => [text.slice(0, 20), text] as const))(
    "passes %j on as the value of a variable",
    async (_, text) => {
      expect(await environmentOf({ FIRST: text, SECOND: text })).toMatchObject({ FIRST: text, SECOND: text });
    },
  );

  test.each([
    "IFS",
    "PATH",
    "HOME",
    "PWD",
    "OLDPWD",
    "ENV",
    "OPTIND",
    "LINENO",
    "TERM",
    "_",
    "LC_ALL",
    "LANG",
    "BASH_ENV",
    "POSIXLY_CORRECT",
    "GLIBC_TUNABLES",
  ])("is not disturbed by a variable of the name %s", async (name) => {
    for (const value of ["", "x y", "0", "-1", "\n", "/nonexistent", "$(id)"]) {
      const got = await environmentOf({ BEFORE: "1", [name]: value, AFTER: "2" });
      expect(got, `${name}=${JSON.stringify(value)}`).toMatchObject({ BEFORE: "1", [name]: value, AFTER: "2" });
    }
  });

  test("adds no variable of its own to the container's but the working directory", async () => {
    const environment = { PATH: "/usr/bin:/bin", OLDPWD: "/x", PWD: "/y", IFS: "z", "odd.name": "1", ONE: "0" };
    const { OLDPWD: _, ...kept } = environment;
    expect(await environmentOf({ ONE: "1" }, { environment, cwd: "/tmp" })).toEqual({ ...kept, ONE: "1", PWD: "/tmp" });
  });

  test("starts a program whose name looks like a variable or an option", async () => {
    const names = ["A=b", "-i", "--help", "--tty"];
    const files = Object.fromEntries(names.map((name) => [`/tmp/odd/${name}`, script(`printf '%s,' "$#" "$X" "$@"`)]));
    const env = { PATH: "/tmp/odd:/usr/bin:/bin", X: "y" };
    for (const name of names) {
      const { stdout } = await launch({ directories: ["/tmp/odd"], files, env, argv: [name, "C=d", ""] });
      expect(stdout.toString()).toBe("2,y,C=d,,");
    }
    expect((await launch({ argv: ["A=b"] })).code).toBe(127);
  });

  test("finds the program by the PATH that the program gets", async () => {
    const made = { directories: ["/tmp/bin"], files: { "/tmp/bin/env": script("echo mine") } };
    expect((await launch({ ...made, env: { PATH: "/none:/tmp/bin" }, argv: ["env"] })).stdout.toString()).toBe(
      "mine\n",
    );
    expect((await launch({ ...made, environment: { PATH: "/tmp/bin" }, argv: ["env"] })).stdout.toString()).toBe(
      "mine\n",
    );
    expect((await launch({ env: { PATH: "/nonexistent" }, argv: ["env"] })).code).toBe(127);
    const local = { ...made, env: { PATH: "/nonexistent" }, cwd: "/tmp/bin" };
    expect((await launch({ ...local, argv: ["./env"] })).stdout.toString()).toBe("mine\n");
    expect((await launch({ ...local, argv: ["env"] })).code).toBe(127);
  });

  test("has a shell run a script that names no interpreter", async () => {
    const files = { "/tmp/plain-script": 'echo "$0" "$@"; exit 3\n' };
    const { code, stdout } = await launch({ files, argv: ["/tmp/plain-script", "a b"] });
    expect([code, stdout.toString()]).toEqual([3, "/tmp/plain-script a b\n"]);
  });

  test("starts the program in its directory, whatever that is called", async () => {
    for (const name of ["plain", "with space", "line\nbreak", "-n", "$(id)", "é😁"]) {
      const cwd = `/tmp/${name}`;
      const { stdout, report } = await launch({ directories: [cwd], cwd, argv: ["/bin/pwd"] });
      expect([stdout.toString(), report]).toEqual([`${cwd}\n`, "ready\nlaunched\n"]);
    }
  });

  test("tells the program its directory as it was named, without detours", async () => {
    for (const [cwd, pwd] of [
      ["/", "/"],
      ["//", "/"],
      ["/..", "/"],
      ["/tmp/../tmp/.", "/tmp"],
      ["//tmp//a/./b///", "/tmp/a/b"],
      ["/tmp/a/b/../../link/b", "/tmp/link/b"],
      ["/tmp/link/..", "/tmp"],
      ["/../.././tmp/a/...", "/tmp/a/..."],
    ] as const) {
      const link = await launch({ directories: ["/tmp/a/b", "/tmp/a/..."], argv: ["ln", "-sfn", "a", "/tmp/link"] });
      expect(link.code).toBe(0);
      const { stdout } = await launch({ cwd, argv: ["sh", "-c", 'printenv PWD; [ "$PWD" -ef . ] && echo there'] });
      expect([cwd, stdout.toString()]).toEqual([cwd, `${pwd}\nthere\n`]);
    }
  });

  test("says so when the directory is not there, and starts nothing", async () => {
    const files = { "/tmp/file": "" };
    for (const cwd of ["/tmp/missing", "/tmp/file", "/tmp/missing\n", "tmp", "", `/${"x".repeat(4095)}`]) {
      const { code, stdout, report } = await launch({ files, cwd, argv: ["echo", "ran"] });
      expect({ code, stdout: stdout.toString(), report }).toEqual({ code: 125, stdout: "", report: "ready\nchdir\n" });
    }
  });

  test("becomes the program: its exit code, its signal, its input, and no descriptor of the gate's", async () => {
    expect((await launch({ argv: ["sh", "-c", "exit 7"] })).code).toBe(7);
    expect((await launch({ argv: ["sh", "-c", "kill -TERM $$"] })).code).toBe(-15);
    expect((await launch({ argv: ["cat"] })).stdout.toString()).toBe("input");
    const none = await launch({ stdin: false, argv: ["readlink", "/proc/self/fd/0"] });
    expect(none.stdout.toString()).toBe("/dev/null\n");
    expect((await launch({ argv: ["sh", "-c", "echo problem >&2"] })).stderr).toBe("problem\n");
    const own = await launch({ argv: ["python3", "-c", "import os; print(os.listdir('/proc/self/fd'))"] });
    // The fourth is that by which the directory is read.
    expect(own.stdout.toString()).toBe("['0', '1', '2', '3']\n");
    const signals = await launch({ argv: ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"] });
    expect(signals.stdout.toString().match(/\b0{16}\b/g)).toHaveLength(2);
  });

  test("says why a program cannot be executed, as an exit code and in words", async () => {
    const missing = await launch({ argv: ["no-such\nprogram"] });
    expect([missing.code, missing.stderr]).toEqual([127, "sos: no-such\\x0aprogram: No such file or directory\n"]);
    expect(missing.report).toBe("ready\nlaunched\n");
    const refused = await launch({ argv: ["/etc/passwd"] });
    expect([refused.code, refused.stderr]).toEqual([126, "sos: /etc/passwd: Permission denied\n"]);
    expect((await launch({ argv: ["/tmp"] })).code).toBe(126);
  });

  test("keeps the terminal that it was started on, and leaves the program no other descriptor", async () => {
    const program = "for n in 0 1 2; do [ -t $n ] && echo $n; done; ls -l /proc/self/fd; exit 7";
    const { code, terminal, stdout, report } = await launch({ tty: true, argv: ["sh", "-c", program] });
    expect([code, stdout.toString(), report]).toEqual([7, "", "ready\nlaunched\n"]);
    expect(terminal).toMatch(/^0\r\n1\r\n2\r\n/);
    expect(terminal).not.toContain("/run/superos");
  });

  test("says which inode each mount shows before it is ready, and starts nothing when one cannot be told", async () => {
    const mounts = ["/tmp", "/", "/etc"];
    const told = await launch({ argv: ["stat", "-c", "mount %d:%i", "--", ...mounts] });
    const { report } = await launch({ mounts });
    expect(report).toBe(`${told.stdout.toString()}ready\nlaunched\n`);
    for (const hostile of ["/no/such", "-f", "--help", ""])
      expect(await launch({ mounts: [hostile] })).toMatchObject({ code: 125, report: "" });
  });

  test("tells of a link, and not of what it leads to", async () => {
    await launch({ argv: ["ln", "-sfn", "/etc", "/tmp/link-to-etc"] });
    const { stdout } = await launch({ argv: ["stat", "-c", "mount %d:%i", "/tmp/link-to-etc"] });
    const { report } = await launch({ mounts: ["/tmp/link-to-etc"] });
    expect(report).toBe(`${stdout.toString()}ready\nlaunched\n`);
  });

  test("starts the relay before the program, without what is the program's, and nothing where it cannot", async () => {
    const listening = "import socket; socket.create_connection(('127.0.0.1', 3199)).close(); print('connected')";
    const relay = ["listen", "3199", "/run/superos/out.sock"];
    const started = await launch({ relay, argv: ["python3", "-c", listening] });
    expect(started).toMatchObject({ code: 0, report: "ready\nlaunched\n", stderr: "" });
    expect(started.stdout.toString()).toBe("connected\n");
    const refused = await launch({ relay: ["listen", "0", "/a"], argv: ["echo", "ran"] });
    expect(refused).toMatchObject({ code: 125, report: "ready\nrelay\n", stderr: "sos: relay: not a port: 0\n" });
    expect(refused.stdout.toString()).toBe("");
  });
});
