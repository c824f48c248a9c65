import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts"],
    restoreMocks: true,
    unstubGlobals: true,
    // Time in the tests is fake: a test that takes long has a slow machine.
    testTimeout: 60_000,
  },
});
