import { readFile, stat } from "node:fs/promises";

/**
 * By what this start of the engine, on this start of the machine, is told from others.
 *
 * The engine says nowhere when it was started. It makes its socket when it starts, unless systemd holds the socket, and then
 * it has its usual file with its pid. What is not there changes nothing.
 */
export async function engineMark(): Promise<string> {
  const socket = (process.env["DOCKER_HOST"] ?? "").replace(/^unix:\/\//, "") || "/var/run/docker.sock";
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "");
  const marks = await Promise.all(
    [socket, "/var/run/docker.pid"].map(async (path) => {
      const found = await stat(path).catch(() => undefined);
      return found === undefined ? "" : `${found.ino}:${found.mtimeMs}`;
    }),
  );
  return [boot.trim(), ...marks].join(" ");
}
