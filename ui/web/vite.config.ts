import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/**
 * Builds the dashboard to dist/web.
 *
 * The gateway serves it under a policy that allows its own files alone: nothing is inlined, nothing is fetched from
 * elsewhere, and the editor and the terminal are files of their own, loaded when a page first shows one.
 */
export default defineConfig({
  root: new URL(".", import.meta.url).pathname,
  plugins: [react()],
  build: {
    outDir: "../../dist/web",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2023",
    // One file holds the components of all pages and another the editor; both are a quarter of that on the wire.
    chunkSizeWarningLimit: 1_000,
  },
});
