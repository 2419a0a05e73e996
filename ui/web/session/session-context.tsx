import { createContext, useContext, useMemo, useSyncExternalStore } from "react";
import type { ProjectId } from "../../../kernel/abi/index.ts";
import { rightsIn } from "./rights.ts";
import type { Rights } from "./rights.ts";
import type { Person, SessionState, SessionStore } from "./session-store.ts";

/** Hands the session to every component, and to those of somebody who is signed in what they may do. */
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

const nobody: Person = { user: "", admin: false, table: [], projects: [] };

/** Who is signed in; somebody without any right in the moment between signing out and the page's end. */
export function usePerson(): Person {
  const session = useSession();
  return session.phase === "signed_in" ? session : nobody;
}

export function useRights(project: ProjectId | null): Rights {
  const person = usePerson();
  return useMemo(() => rightsIn(person, project), [person, project]);
}
