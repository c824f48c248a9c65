import { defineConfig } from "@playwright/test";

/** The system's Chromium: no browser is downloaded. */
const executablePath = process.env.PYTAKE_CHROMIUM ?? "/usr/bin/chromium";

export default defineConfig({
  testDir: "src",
  testMatch: "**/*.test.ts",
  // There are one cluster and few cores, so that more browsers at a time would only wait for each other.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  outputDir: process.env.PYTAKE_BROWSER_OUTPUT ?? "../../TestResults/browser",
  use: {
    launchOptions: { executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", "--use-fake-device-for-media-stream"] },
    locale: "pt-BR",
    timezoneId: "America/Sao_Paulo",
    viewport: { width: 1360, height: 860 },
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    actionTimeout: 10_000,
  },
});
