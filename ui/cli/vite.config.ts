import { defineConfig } from "vite";

/** Makes dist/cli/superos.js: the command and all that it imports in one file, so that it starts quickly. */
export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  logLevel: "warn",
  ssr: { noExternal: true },
  build: {
    ssr: "main.ts",
    outDir: "../../dist/cli",
    emptyOutDir: false,
    target: "node24",
    minify: true,
    rolldownOptions: { output: { format: "es", entryFileNames: "superos.js", codeSplitting: false } },
  },
});
