// JSX, which is compiled by esbuild before it runs: pages as text, escaped.
/** @jsxRuntime classic */
/** @jsx element */
/** @jsxFrag fragment */
import { text } from "node:stream/consumers";

class Markup {
  constructor(readonly html: string) {}
}
type Child = Markup | string | number | readonly Child[];
type Component = (properties: Record<string, string>, children: Child[]) => Markup;
const fragment = "";

const write = (child: Child): string => {
  if (child instanceof Markup) return child.html;
  if (typeof child === "object") return child.map(write).join("");
  return String(child).replaceAll(/[&<>]/g, (one) => `&#${one.charCodeAt(0)};`);
};
function element(name: string | Component, given: Record<string, string> | null, ...children: Child[]): Markup {
  if (typeof name === "function") return name(given ?? {}, children);
  const attributes = Object.entries(given ?? {}).map(([key, value]) => ` ${key}="${value}"`);
  const inside = children.map(write).join("");
  return new Markup(name === fragment ? inside : `<${name}${attributes.join("")}>${inside}</${name}>`);
}

const Item: Component = ({ colour = "none" }, children) => <li style={`color:${colour}`}>{children}</li>;
const who = (await text(process.stdin)).trim();
const list = (
  <>
    <h1>{who}</h1>
    <ul>
      {[1, 2].map((n) => (
        <Item colour={n > 1 ? "red" : "blue"}>{n}</Item>
      ))}
    </ul>
  </>
);
console.log(list.html);
