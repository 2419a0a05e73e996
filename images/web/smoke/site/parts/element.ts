/** An element of the page, as JSX asks for it. */
export function element(name: string, attributes: Record<string, string> | null, ...children: (Node | string)[]): Node {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
