// Modules: a built-in by require, one made from text, JSON, and what a module knows of itself.
import { createRequire } from "node:module";
import { basename } from "node:path";

const require = createRequire(import.meta.url);
console.log(require("node:path") === (await import("node:path")).default);
const source = "export const answer = 42; export default (n) => n + answer;";
const made = await import(`data:text/javascript,${encodeURIComponent(source)}`);
console.log(made.answer, made.default(1));
const { default: data } = await import("data:application/json,[1,2]", { with: { type: "json" } });
console.log(data, basename(import.meta.filename), typeof import.meta.resolve);
try {
  await import("no-such-package");
} catch (error) {
  console.log(error.code);
}
