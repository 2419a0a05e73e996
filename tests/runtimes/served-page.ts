import { request } from "node:http";
import { text } from "node:stream/consumers";
import type { Instance } from "../setup/instance.ts";
import { waitFor } from "../setup/wait-for.ts";

/** What a page of the process says, asked as a browser does that has opened its address; undefined before it serves. */
async function page(address: string, path: string): Promise<string | undefined> {
  const url = new URL(address);
  type Answer = { status: number | undefined; body: string; cookie: string };
  const ask = async (asked: string, cookie: string): Promise<Answer> => {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const at = { host: "127.0.0.1", port: url.port, path: asked, headers: { host: url.host, cookie } };
    request(at, (reply) => {
      const given = reply.headers["set-cookie"]?.[0]?.split(";")[0] ?? cookie;
      text(reply).then((body) => resolve({ status: reply.statusCode, body, cookie: given }), reject);
    })
      .on("error", reject)
      .end();
    return promise;
  };
  const { cookie } = await ask(url.pathname + url.search, "");
  const { status, body } = await ask(path, cookie);
  return status === 502 ? undefined : body;
}

/** What a process says on its port, once it serves there. */
export const servedPage = (instance: Instance, pid: string, at: { port: number; path: string }): Promise<string> =>
  waitFor("its page", async () => {
    const opened = await instance.cli(["open", pid, String(at.port)]);
    if (opened.code !== 0) throw new Error(`superos open ended with ${opened.code}: ${opened.stderr}`);
    return page(opened.stdout.toString("utf8").trim(), at.path);
  });
