/**
 * Takes the one-time code out of a sign-in link's fragment and out of the address bar and the history with it.
 * A fragment never reaches the server's log or a referrer; after this it is not on the screen either.
 */
export function takeSignInCode(location: Location, history: History): string | null {
  if (location.pathname !== "/signin") return null;
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (location.hash !== "") history.replaceState(null, "", location.pathname);
  return code === "" ? null : code;
}
