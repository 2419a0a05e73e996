import "./zod-jitless.ts";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./theme/global.css";
import { createRoot } from "react-dom/client";
import { ApiClient } from "./api/api-client.ts";
import { createQueryClient } from "./api/query-client.ts";
import { App } from "./app.tsx";
import { SessionStore } from "./session/session-store.ts";
import { takeSignInCode } from "./session/sign-in-code.ts";

/** Wires the page together. A sign-in link is used at once, also when it is opened in a page that is here already. */
const api = new ApiClient((input, init) => fetch(input, init));
const session = new SessionStore(api, window.localStorage);

function begin(): void {
  const code = takeSignInCode(window.location, window.history);
  void (code === null ? session.resume() : session.signIn({ code }));
}

window.addEventListener("hashchange", begin);
begin();

const queries = createQueryClient(() => void session.refreshRights());

const root = document.querySelector("#root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(<App api={api} session={session} queries={queries} />);
