import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts"],
    restoreMocks: true,
    unstubGlobals: true,
    // A rejection that nobody handles fails the run, which is how "no unhandled rejections" is checked everywhere.
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
