import { createContext, useContext } from "react";
import type { ApiClient } from "./api-client.ts";

/** Hands the one ApiClient to every component. */
const ApiContext = createContext<ApiClient | null>(null);

export const ApiProvider = ApiContext.Provider;

export function useApi(): ApiClient {
  const api = useContext(ApiContext);
  if (api === null) throw new Error("no ApiProvider above this component");
  return api;
}
