import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Where `npm run dev:phone` finds a simulator: `infra/up` prints the address. */
const simulator = process.env.PYTAKE_SIMULATOR ?? "http://localhost:8081";

/** The build of the simulator's page, which nodes do not serve. Its URLs are relative, so that it works below any path. */
export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    target: "es2022",
    outDir: "dist-phone",
    assetsInlineLimit: 0,
    rollupOptions: { input: fileURLToPath(new URL("phone.html", import.meta.url)) },
  },
  server: { proxy: { "/_control": simulator } },
});
