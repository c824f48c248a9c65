import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.js";

/** What is run by hand, to be looked at: `npm run bench`, `npm run screenshots`. */
export default defineConfig({
  ...tests,
  testMatch: /\.(bench|screenshots)\.ts$/,
  reporter: "list",
  outputDir: "../../TestResults/tools",
  // What is recorded is measured, too.
  use: { ...tests.use, trace: "off", screenshot: "off" },
});
