import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { budget } from "./build/budget.ts";
import { precompress } from "./build/precompress.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Where `npm run dev` finds a cluster: `infra/up` prints the address. */
const cluster = process.env.PYTAKE_URL ?? "http://localhost:8080";
const proxied = { target: cluster, ws: true, headers: { Origin: cluster } };

export default defineConfig({
  plugins: [react(), budget({ kilobytes: 250 }), precompress()],
  resolve: {
    // The client's sources, so that it need not be built and installed first.
    alias: {
      "pytake-client": path("../pytake-client/src/index.ts"),
      "@microsoft/signalr": path("./node_modules/@microsoft/signalr"),
    },
  },
  build: { target: "es2022", assetsInlineLimit: 0, chunkSizeWarningLimit: 1000 },
  server: { proxy: { "/api": proxied, "/hubs": proxied } },
  // The limit is for what hangs; on a busy machine everything takes long.
  test: { include: ["src/**/*.test.{ts,tsx}"], testTimeout: 60_000 },
});
