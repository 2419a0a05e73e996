import { z } from "zod";
import type { Api, Program } from "../system/caller.ts";
import { Inside } from "../kernel/inside.ts";

/**
 * A hostile program at its own door: Python in a box that writes requests to the kernel's socket as it likes.
 *
 * `door(name, request)` gives the answer in words, such as `200 ok` or `403 denied`; `raw(bytes)` writes bytes and gives
 * the first line of what comes back. Both are there in each process that `intruder` starts, and in its children.
 */

const setting = `
import http.client
KERNEL = "/run/superos/kernel.sock"
def words(response):
    text = response.read().decode("utf8", "replace")
    try: fault = json.loads(text).get("fault")
    except ValueError: fault = None
    return f"{response.status} {fault['code'] if fault else 'ok'}"
def door(name, request=None, headers=None, body=None, method="POST", path=None):
    connection = superos._Connection("kernel")
    connection.timeout = 60
    connection.request(method, path or f"/v1/{name}", json.dumps(request or {}) if body is None else body, headers or {})
    try: return words(connection.getresponse())
    finally: connection.close()
def opened(path=KERNEL, seconds=60):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(seconds)
    connection.connect(path)
    return connection
def raw(data, path=KERNEL, seconds=60):
    with opened(path, seconds) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            text = b""
            while part := connection.recv(65536): text += part
        except TimeoutError: return "silence"
        except OSError as error: return errno.errorcode.get(error.errno, str(error))
        return text.decode("latin1")
def together(acts):
    results = [None] * len(acts)
    def run(index, act): results[index] = tried(act)
    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return results
answer = "ready"
`;

/** A box with its tools laid out. */
export async function intruder(api: Api, program: Partial<Program> = {}): Promise<Inside> {
  return equipped(await Inside.start(api, program));
}

export async function equipped(inside: Inside): Promise<Inside> {
  await inside.ask(z.literal("ready"), setting);
  return inside;
}

export const words = z.array(z.string());
