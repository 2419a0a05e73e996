/**
 * Serves a page and what lies beside it to the loopback, where NET_BIND leads.
 *
 * usage: main.mts PAGE    the port is PORT, or 8080
 */
import { realpathSync } from "node:fs";
import { basename, dirname } from "node:path";
import { createSite } from "./serve.mts";

const [page] = process.argv.slice(2);
const port = Number(process.env["PORT"] ?? 8080);
if (page === undefined || !Number.isInteger(port)) {
  process.stderr.write("usage: main.mts PAGE, with the number of a port in PORT\n");
  process.exit(64);
}

const root = realpathSync(dirname(page));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const site = createSite({ root, index: basename(page), log: say });
site.once("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
site.listen(port, "127.0.0.1", () => say(`${root} is served on http://127.0.0.1:${port}/`));
