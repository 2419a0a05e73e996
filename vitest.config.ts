import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";

/**
 * One run for every test: the pure ones beside their source and those in tests/ that cross a process.
 *
 * Files run one after another, because those in tests/ share the machine's engine, its memory and its ports; of the tests
 * in a file that are marked as concurrent, two run at a time.
 * SUPEROS_TEST_JSON names a file that takes the results as JSON, besides what the terminal shows.
 */

const globalSetup = "tests/setup/global-setup.ts";
const jsonFile = process.env["SUPEROS_TEST_JSON"];

export default defineConfig({
  test: {
    environment: "node",
    include: ["**/*.test.ts", "**/*.test.tsx"],
    exclude: [
      "**/node_modules/**",
      "**/dist/**",
      "**/.superos/**",
      "projects/**",
      "tests/artifacts/**",
      "tests/programs/**",
      "images/*/smoke/**",
    ],
    globalSetup: existsSync(globalSetup) ? [globalSetup] : [],
    fileParallelism: false,
    maxConcurrency: 2,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    reporters: jsonFile === undefined ? ["default"] : ["default", ["json", { outputFile: jsonFile }]],
  },
});
