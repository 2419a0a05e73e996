import { request } from "node:http";
import { json } from "node:stream/consumers";
import { z } from "zod";

/** What a test asks the engine from outside, over its socket: to see what the kernel made and left. */

export const engineSocket = (process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock").replace("unix://", "");

export function engineGet(path: string, socketPath = engineSocket): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path }, (reply) => {
      json(reply).then(resolve, reject);
    });
    asked.once("error", reject);
    asked.end();
  });
}

const listed = z.array(z.object({ Id: z.string(), Labels: z.record(z.string(), z.string()) }));

/** Containers with a label, running or not. */
export async function containersWith(label: string, socketPath = engineSocket): Promise<z.infer<typeof listed>> {
  const filters = encodeURIComponent(JSON.stringify({ label: [label] }));
  return listed.parse(await engineGet(`/containers/json?all=1&filters=${filters}`, socketPath));
}
