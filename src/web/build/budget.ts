import { brotliCompressSync } from "node:zlib";
import type { Plugin, Rollup } from "vite";

/**
 * Fails the build when the compressed scripts that a browser loads before it shows anything are larger: the entries with
 * all that they import statically. Pages that are loaded when they are opened do not count.
 */
export function budget({ kilobytes }: { kilobytes: number }): Plugin {
  return {
    name: "pytake-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const size = Math.round(firstLoad(bundle).reduce((sum, code) => sum + brotliCompressSync(code).length, 0) / 1024);
      if (size > kilobytes) this.error(`The first load is ${size} KB of compressed script; it may be ${kilobytes} KB`);
      this.info(`The first load is ${size} KB of compressed script, of ${kilobytes} KB`);
    },
  };
}

function firstLoad(bundle: Rollup.OutputBundle): string[] {
  const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const loaded = new Set<string>();
  const load = (name: string) => {
    if (loaded.has(name)) return;
    loaded.add(name);
    byName.get(name)?.imports.forEach(load);
  };
  chunks.filter((chunk) => chunk.isEntry).forEach((chunk) => load(chunk.fileName));
  return [...loaded].flatMap((name) => byName.get(name)?.code ?? []);
}
