// JSX is compiled by esbuild before it runs. Prints `<p class="greeting">hello, box</p>` and exits 0.
/** @jsxRuntime classic */
/** @jsx element */
type Attributes = Record<string, string> | null;

function element(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes ?? {}).map(([key, value]) => ` ${key}="${value}"`);
  return `<${name}${written.join("")}>${children.join("")}</${name}>`;
}

const who = "box";
console.log(<p class="greeting">hello, {who}</p>);
