// The environment of the box, parsed at the door, and one for a child alone.
import { execFileSync } from "node:child_process";

const required = ["PATH", "LANG"] as const;
type Environment = Record<(typeof required)[number], string>;

function isEnvironment(value: Partial<Record<string, string>>): value is Environment {
  return required.every((name) => typeof value[name] === "string");
}

const env: Partial<Record<string, string>> = process.env;
if (!isEnvironment(env)) throw new Error("the environment lacks something");
console.log(env.PATH, env.LANG);
const child = { ...env, GREETING: "hello  there" };
process.stdout.write(execFileSync("sh", ["-c", 'echo "$GREETING"'], { env: child }));
console.log(process.env["GREETING"]);
