/**
 * Where the server's own script and events are: no file of a project is ever there, as its name begins with a dot, and no path of
 * the gateway, which answers below /.superos/ itself when the page is seen in a preview.
 */
export const liveScriptPath = "/.live-reload/script.js";
export const liveEventsPath = "/.live-reload/events";

/** Reloads the page when something changes that it was made of, and swaps style sheets without reloading. */
export const liveScript = `const events = new EventSource("${liveEventsPath}");
let lost = false;
events.addEventListener("error", () => (lost = true));
events.addEventListener("open", () => lost && location.reload());
events.addEventListener("page", () => location.reload());
events.addEventListener("style", () => {
  const sheets = document.querySelectorAll('link[rel="stylesheet"]');
  if (sheets.length === 0) location.reload();
  for (const sheet of sheets) {
    const url = new URL(sheet.href);
    if (url.origin !== location.origin) continue;
    url.searchParams.set("superos", Date.now());
    sheet.href = url;
  }
});
`;

/** A page with the script for live reload, before the end of its body or else at its own end. */
export function withLiveReload(html: string): string {
  const script = `<script type="module" src="${liveScriptPath}"></script>`;
  const end = html.toLowerCase().lastIndexOf("</body>");
  return end === -1 ? `${html}\n${script}\n` : `${html.slice(0, end)}${script}\n${html.slice(end)}`;
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"]/g, (found) => escapes[found] ?? found);

/** What is shown instead of a file. */
export const notice = (title: string, text: string): string =>
  withLiveReload(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(title)}</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; margin: 4rem auto; max-width: 48rem; padding: 0 1rem }</style>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
</html>`);

/** A module that shows why there is no module. */
export const failedModule = (text: string): string => `const box = document.createElement("pre");
box.textContent = ${JSON.stringify(text)};
box.style = "position:fixed;inset:auto 0 0;max-height:80%;overflow:auto;margin:0;padding:1rem;background:#300;color:#fdd;z-index:2147483647";
document.documentElement.append(box);
throw new Error(box.textContent);
`;

/** A rule that shows why there is no style sheet: JSON's escapes are not those of CSS, where a line break is \\a. */
export function failedSheet(text: string): string {
  const quoted = text.replaceAll(/["\\\n<]/g, (found) => `\\${found.codePointAt(0)?.toString(16) ?? ""} `);
  return `html::after { content: "${quoted}"; white-space: pre-wrap; position: fixed; inset: auto 0 0; padding: 1rem; background: #300; color: #fdd; font: 14px monospace; z-index: 2147483647 }\n`;
}
