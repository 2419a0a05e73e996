import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";
import { Fault, faultTable } from "../../../kernel/abi/index.ts";

/**
 * How reads behave: tried again only where the fault's table says that the same request can succeed later. A refusal
 * may mean that the person's rights have changed: `onDenied` is told of each.
 */
export function createQueryClient(onDenied: () => void): QueryClient {
  const onError = (error: Error): void => {
    if (error instanceof Fault && error.code === "denied") onDenied();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
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
