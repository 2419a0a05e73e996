import { z } from "zod";
import { waitFor } from "../setup/wait-for.ts";
import { accepted, type Api, outputOf, type Program, spawn } from "../system/caller.ts";

/**
 * A program in a box that does what a test tells it, step by step: Python goes in on its stdin, JSON comes back.
 *
 * `tried(act)` in it gives what `act` returns, or `ok`, or the refusal in words: a fault's code and what was missing,
 * an errno's name, the status and text of an HTTP refusal.
 */

const agent = `
import errno, http.client, json, os, socket, sys, threading, time, urllib.error, urllib.request
import superos
def tried(act):
    try:
        value = act()
        return "ok" if value is None else value
    except superos.Fault as fault: return f"{fault.code} {fault.missing or ''}".strip()
    except urllib.error.HTTPError as error: return f"{error.code} {error.read().decode()}"
    except urllib.error.URLError as error: return f"no: {error.reason}"
    except OSError as error: return errno.errorcode.get(error.errno, str(error))
def write(path, text="x"):
    with open(path, "w") as file: file.write(text)
def read(path):
    with open(path) as file: return file.read()
def fetch(url, timeout=30):
    with urllib.request.urlopen(url, timeout=timeout) as response: return response.read().decode()
def proxied(url, port=3128):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", url)
    response = connection.getresponse()
    return f"{response.status} {response.read().decode()}"
def tunnel(to, port=3128):
    made = socket.create_connection(("127.0.0.1", port), 30)
    made.sendall(f"CONNECT {to} HTTP/1.1\\r\\nHost: {to}\\r\\n\\r\\n".encode())
    head = b""
    while not head.endswith(b"\\r\\n\\r\\n"):
        part = made.recv(1)
        if not part: break
        head += part
    return made, head.decode()
def spawn(*argv, **more): return superos.spawn(argv, **more)["pid"]
def again(**more): return superos.spawn(sys.orig_argv, stdin=True, **more)["pid"]
for line in sys.stdin:
    number, script = json.loads(line)
    answer = None
    try: exec(script, globals())
    except BaseException as error: answer = f"raised {error!r}"
    print(json.dumps([number, answer]), flush=True)
`;

const answerSchema = z.tuple([z.number(), z.unknown()]);

export class Inside {
  readonly pid: number;
  readonly #api: Api;
  #asked = 0;

  /** Of a process that runs the agent. */
  constructor(api: Api, pid: number) {
    this.#api = api;
    this.pid = pid;
  }

  static async start(api: Api, program: Partial<Program> = {}): Promise<Inside> {
    const { pid } = await spawn(api, { argv: ["python3", "-u", "-c", agent], stdin: true, ...program });
    const inside = new Inside(api, pid);
    await inside.ask(z.literal("up"), "answer = 'up'");
    return inside;
  }

  /** Runs Python there; the value of `answer` comes back. */
  async ask<S extends z.ZodType>(schema: S, script: string): Promise<z.output<S>> {
    const number = ++this.#asked;
    await this.#tell(number, script);
    const { answer } = await waitFor(`process ${this.pid} answers`, () => this.#answer(number));
    if (typeof answer === "string" && answer.startsWith("raised ")) throw new Error(`inside: ${answer}`);
    return schema.parse(answer);
  }

  /** Runs Python there that may never come to its end. */
  async begin(script: string): Promise<void> {
    await this.#tell(++this.#asked, script);
  }

  /** What an expression gives there, or how it is refused. */
  tried(expression: string): Promise<string> {
    return this.ask(z.coerce.string(), `answer = tried(lambda: ${expression})`);
  }

  /** A child of it that runs the same program, with what `withWhat` says of its table, as arguments of `spawn`. */
  async child(withWhat: string): Promise<Inside> {
    const child = new Inside(this.#api, await this.ask(z.number(), `answer = again(${withWhat})`));
    await child.ask(z.literal("up"), "answer = 'up'");
    return child;
  }

  async #tell(number: number, script: string): Promise<void> {
    const path = `/api/v1/processes/${this.pid}/stdin?end=false`;
    const body = `${JSON.stringify([number, script])}\n`;
    const headers = { "content-type": "application/octet-stream" };
    await accepted(z.strictObject({ bytes: z.number() }), this.#api.api(path, { method: "POST", body, headers }));
  }

  async #answer(number: number): Promise<{ answer: unknown } | undefined> {
    const { stdout } = await outputOf(this.#api, this.pid, false);
    for (const line of stdout.toString().split("\n").slice(0, -1)) {
      const [of, answer] = answerSchema.parse(JSON.parse(line));
      if (of === number) return { answer };
    }
    return undefined;
  }
}
