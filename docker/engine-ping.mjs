import { request } from "node:http";

/**
 * Asks the engine on Docker's socket whether it answers. Needs no docker command.
 *
 * Exit status: 0 it answers, 2 nobody listens, 3 this user may not connect, 4 something else answers.
 */

const code = await new Promise((resolve) => {
  const ask = request({ socketPath: "/var/run/docker.sock", path: "/_ping", timeout: 5000 }, (response) => {
    response.resume();
    response.on("end", () => resolve(response.statusCode === 200 ? 0 : 4));
  });
  ask.on("timeout", () => ask.destroy(new Error("no answer")));
  ask.on("error", (error) => resolve(error.code === "EACCES" || error.code === "EPERM" ? 3 : 2));
  ask.end();
});
process.exitCode = code;
