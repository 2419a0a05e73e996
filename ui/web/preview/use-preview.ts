import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Pid } from "../../../kernel/abi/index.ts";
import { previewAnswer } from "../api/answers.ts";
import { useApi } from "../api/api-context.tsx";
import { paths } from "../api/paths.ts";

/**
 * Opens what a process serves in a tab of its own.
 *
 * The tab is opened with the click, while the browser allows it, and gets its address when the server has answered. It
 * knows nothing of this page: its opener is taken away before it goes anywhere. Where no tab could be opened, `link`
 * is the address to follow by hand; it works once.
 */
export function usePreview(pid: Pid) {
  const api = useApi();
  const [link, setLink] = useState<string | null>(null);
  const open = useMutation({
    mutationFn: (port: number) => api.json(previewAnswer, paths.preview(pid), { method: "POST", json: { port } }),
  });
  return {
    link,
    busy: open.isPending,
    error: open.error,
    open: (port: number, onOpened: () => void): void => {
      setLink(null);
      const tab = window.open("about:blank", "_blank");
      if (tab !== null) tab.opener = null;
      open.mutate(port, {
        onSuccess: ({ url }) => {
          if (tab === null || tab.closed) return setLink(url);
          tab.location.replace(url);
          onOpened();
        },
        onError: () => tab?.close(),
      });
    },
    forget: (): void => {
      setLink(null);
      open.reset();
    },
  };
}
