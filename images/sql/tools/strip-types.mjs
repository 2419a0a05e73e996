import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";

/** usage: node strip-types.mjs SOURCES DESTINATION: each module without its types, importing the others as they are named now. */
const [sources, destination] = process.argv.slice(2);
const modules = readdirSync(sources).filter((name) => /^[a-z-]+\.ts$/.test(name));
for (const name of modules) {
  const text = stripTypeScriptTypes(readFileSync(`${sources}/${name}`, "utf8"));
  writeFileSync(`${destination}/${name.replace(/\.ts$/, ".js")}`, text.replaceAll(/"(\.\/[a-z-]+)\.ts"/g, '"$1.js"'));
}
writeFileSync(`${destination}/package.json`, '{ "type": "module" }\n');
