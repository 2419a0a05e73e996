import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { checkout } from "../setup/instance.ts";

/**
 * A box in which the gate of the image is started again and again, by a program of Python that does with its FIFOs what the
 * kernel and the spooler do.
 */

const agent = String.raw`
import base64, json, os, pty, subprocess, sys, threading, time
here = "/run/superos/"
def all_of(fd):
    parts = []
    while True:
        try: part = os.read(fd, 1 << 16)
        except OSError: part = b""  # a terminal whose programs have ended
        if not part: return b"".join(parts)
        parts.append(part)
def send(name, pieces, pause):
    fd = os.open(here + name, os.O_WRONLY)
    let_go(name)
    try:
        for number, piece in enumerate(pieces):
            if number: time.sleep(pause)
            while piece: piece = piece[os.write(fd, piece):]
    except BrokenPipeError: pass
    os.close(fd)
def until_ready(fd):
    heard = b""
    while not heard.endswith(b"ready\n"):
        byte = os.read(fd, 1)
        if not byte: break
        heard += byte
    return heard
def let_go(*names):
    for name in names:
        fd = keepers.pop(name, None)
        if fd is not None: os.close(fd)
for line in sys.stdin:
    ask = json.loads(line)
    for path in ask["directories"]: os.makedirs(path, exist_ok=True)
    for path, text in ask["files"].items():
        with open(path, "w") as file: file.write(text)
        os.chmod(path, 0o755)
    names = ["stdin", "stdout", "stderr", "launch", "report"]
    for name in names: os.mkfifo(here + name)
    keepers = {name: os.open(here + name, os.O_RDWR) for name in names}
    ends = {name: os.open(here + name, os.O_RDONLY) for name in ("stdout", "stderr", "report")}
    terminal, inner = pty.openpty() if ask["tty"] else (None, subprocess.DEVNULL)
    gate = subprocess.Popen(["/usr/local/bin/sos", "gate", *(["--tty"] if ask["tty"] else []), *ask["mounts"]],
        cwd="/", env=ask["environment"], stdin=inner, stdout=inner, stderr=inner, start_new_session=True)
    got = {}
    def keep(name, fd): got[name] = got.get(name, b"") + all_of(fd)
    readers = [threading.Thread(target=keep, args=each) for each in [("stdout", ends["stdout"]), ("stderr", ends["stderr"])]]
    if ask["tty"]:
        os.close(inner)
        readers.append(threading.Thread(target=keep, args=("terminal", terminal)))
    for reader in readers: reader.start()
    ended = threading.Thread(target=lambda: (gate.wait(), let_go("stdout", "stderr", "report")))
    ended.start()
    got["report"] = until_ready(ends["report"])
    let_go("stdout", "stderr", "report")
    if got["report"].endswith(b"ready\n"):
        send("launch", [base64.b64decode(piece) for piece in ask["message"]], 0.05)
        send("stdin", [b"input"], 0)
    keep("report", ends["report"])
    for thread in [ended, *readers]: thread.join()
    let_go(*names)
    for fd in ends.values(): os.close(fd)
    if ask["tty"]: os.close(terminal)
    for name in names: os.remove(here + name)
    texts = {name: base64.b64encode(value).decode() for name, value in got.items()}
    print(json.dumps({"code": gate.returncode, "terminal": "", **texts}), flush=True)
`;

const base64 = z.base64().transform((text) => Buffer.from(text, "base64"));
const passedSchema = z.object({
  code: z.number(),
  stdout: base64,
  stderr: base64.transform(String),
  terminal: base64.transform(String),
  report: base64.transform(String),
});
export type Passed = z.infer<typeof passedSchema>;

export interface Passage {
  /** The launch message, in pieces that come one after another. */
  message: readonly (string | Buffer)[];
  mounts?: readonly string[];
  /** What the container's own environment is. */
  environment?: Readonly<Record<string, string>>;
  tty?: boolean;
  /** Made in the box before, below /tmp; files can be executed. */
  directories?: readonly string[];
  files?: Readonly<Record<string, string>>;
}

export class GateBox implements AsyncDisposable {
  readonly #docker: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #errors = "";

  constructor(image: string) {
    const box = ["--network=none", "--user=12345:12345", "--cap-drop=ALL", "--read-only", "--init", "--pids-limit=64"];
    const security = ["no-new-privileges", `seccomp=${join(checkout, "docker", "seccomp.json")}`];
    const places = ["--tmpfs=/tmp:exec,mode=1777", "--tmpfs=/run/superos:mode=1777", "--memory=256m"];
    const options = [...box, ...places, ...security.flatMap((each) => ["--security-opt", each])];
    this.#docker = spawn("docker", ["run", "--rm", "-i", ...options, image, "python3", "-c", agent]);
    this.#docker.stderr.on("data", (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#answers = createInterface({ input: this.#docker.stdout })[Symbol.asyncIterator]();
  }

  /** Has the gate open, gives it the message and the input `input`, and waits for its end. */
  async pass({ message, mounts = [], tty = false, directories = [], files = {}, ...more }: Passage): Promise<Passed> {
    const { environment = { HOME: "/tmp", PATH: "/usr/bin:/bin" } } = more;
    const pieces = message.map((piece) => Buffer.from(piece).toString("base64"));
    const ask = { message: pieces, mounts, tty, environment, directories, files };
    this.#docker.stdin.write(`${JSON.stringify(ask)}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`the box has ended: ${this.#errors}`);
    return passedSchema.parse(JSON.parse(value));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#docker, "close");
    this.#docker.stdin.end();
    await closed;
  }
}
