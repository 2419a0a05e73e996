import { createContext, useContext, useSyncExternalStore } from "react";
import type { SessionState, SessionStore } from "./session-store.ts";

/** Hands the session to every component. */
const SessionContext = createContext<SessionStore | null>(null);

export const SessionProvider = SessionContext.Provider;

export function useSessionStore(): SessionStore {
  const store = useContext(SessionContext);
  if (store === null) throw new Error("no SessionProvider above this component");
  return store;
}

export function useSession(): SessionState {
  const store = useSessionStore();
  return useSyncExternalStore(store.subscribe, store.state);
}
