import { defineConfig } from "@playwright/test";
import tests from "./playwright.config.js";

/** Tools that are run by hand: `npm run bench`, `npm run screenshots`. */
export default defineConfig({
  ...tests,
  testMatch: /\.(bench|screenshots)\.ts$/,
  reporter: "list",
  outputDir: "../../TestResults/tools",
  // Recording would slow down what is measured.
  use: { ...tests.use, trace: "off", screenshot: "off" },
});
