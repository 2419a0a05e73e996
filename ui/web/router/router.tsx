import { createContext, useContext, useMemo, useSyncExternalStore } from "react";
import type { MouseEvent, ReactNode } from "react";
import { parseRoute, pathOf } from "./route.ts";
import type { Route } from "./route.ts";

/**
 * The address bar as state: which page is shown, and links that change it without loading the document again.
 * The address is the only record of the page; nothing else decides what is shown.
 */
interface Router {
  route: Route;
  navigate: (route: Route, options?: { replace?: boolean }) => void;
}

const RouterContext = createContext<Router | null>(null);

function subscribe(changed: () => void): () => void {
  window.addEventListener("popstate", changed);
  return () => window.removeEventListener("popstate", changed);
}

function navigate(route: Route, options: { replace?: boolean } = {}): void {
  const path = pathOf(route);
  if (path === window.location.pathname) return;
  if (options.replace === true) window.history.replaceState(null, "", path);
  else window.history.pushState(null, "", path);
  window.dispatchEvent(new PopStateEvent("popstate"));
}

export function RouterProvider({ children }: { children: ReactNode }) {
  const pathname = useSyncExternalStore(subscribe, () => window.location.pathname);
  const router = useMemo<Router>(() => ({ route: parseRoute(pathname), navigate }), [pathname]);
  return <RouterContext value={router}>{children}</RouterContext>;
}

export function useRouter(): Router {
  const router = useContext(RouterContext);
  if (router === null) throw new Error("no RouterProvider above this component");
  return router;
}

/** Properties of an anchor that leads to a page; clicks with a modifier still open a new tab. */
export function useLink(route: Route): { href: string; onClick: (event: MouseEvent) => void } {
  const { navigate: go } = useRouter();
  return {
    href: pathOf(route),
    onClick: (event) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      go(route);
    },
  };
}
