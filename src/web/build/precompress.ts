import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSIBLE = /\.(html|js|css|svg|json|webmanifest)$/;

/** A compressed copy that is larger than this share of the file is not written. */
const WORTH = 0.95;

/** Writes `.br` and `.gz` beside each file of the build, so that no node compresses the same bytes twice. */
export function precompress(): Plugin {
  let directory = "";
  return {
    name: "pytake-precompress",
    apply: "build",
    configResolved(config) {
      directory = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
        if (COMPRESSIBLE.test(name)) compress(join(directory, name));
      }
    },
  };
}

function compress(file: string): void {
  const bytes = readFileSync(file);
  const parameters = {
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  const copies = { br: brotliCompressSync(bytes, { params: parameters }), gz: gzipSync(bytes, { level: 9 }) };
  for (const [suffix, copy] of Object.entries(copies)) {
    if (copy.length < bytes.length * WORTH) writeFileSync(`${file}.${suffix}`, copy);
  }
}
