import { QueryClient } from "@tanstack/react-query";
import { Fault, faultTable } from "../../../kernel/abi/index.ts";

/** How reads behave: tried again only where the fault's table says that the same request can succeed later. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 2 && error instanceof Fault && faultTable[error.code].retry,
      },
      mutations: { retry: false },
    },
  });
}
