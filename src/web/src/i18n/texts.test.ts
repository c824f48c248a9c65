import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Formats } from "./formats";
import { resources } from "./i18n";
import { preferredLanguage } from "./language";

const PLURAL = /_(zero|one|two|few|many|other)$/;

function keysOf(texts: Record<string, unknown>, prefix = ""): string[] {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === "string" ? prefix + key.replace(PLURAL, "") : keysOf(value as Record<string, unknown>, `${prefix}${key}.`),
  );
}

function keys(language: string): string[] {
  const found = Object.entries(resources()[language]!).flatMap(([feature, texts]) =>
    keysOf(texts).map((key) => `${feature}:${key}`),
  );
  return [...new Set(found)].sort();
}

describe("the texts", () => {
  it("are the same in both languages", () => {
    expect(keys("en")).toEqual(keys("pt-BR"));
  });

  it("have every key that the code names in full", () => {
    const known = new Set(keys("pt-BR"));
    const missing: string[] = [];
    for (const file of readdirSync("src", { recursive: true, encoding: "utf8" }).filter(isSource)) {
      const code = readFileSync(`src/${file}`, "utf8");
      const namespace = /useTranslation\(\[?"(\w+)"/.exec(code)?.[1] ?? "app";
      for (const [, key] of code.matchAll(/\bt\("([\w.:-]+)"/g)) {
        const whole = key!.includes(":") ? key! : `${namespace}:${key}`;
        if (!known.has(whole)) missing.push(`${file}: ${whole}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

describe("the language", () => {
  it("is the chosen one, else the browser's first that the app has, else Portuguese", () => {
    expect(preferredLanguage("en", ["pt-BR"])).toBe("en");
    expect(preferredLanguage(null, ["de", "en-GB", "pt"])).toBe("en");
    expect(preferredLanguage(null, ["pt-PT"])).toBe("pt-BR");
    expect(preferredLanguage(null, ["de"])).toBe("pt-BR");
  });

  it("decides how days are written", () => {
    const now = new Date(2026, 2, 10, 15);
    const days = (language: string) =>
      [0, 1, 3, 40, 400].map((ago) => new Formats(language).day(new Date(2026, 2, 10 - ago, 9), now));
    expect(days("pt-BR")).toEqual(["Hoje", "Ontem", "Sábado", "29 de janeiro", "3 de fevereiro de 2025"]);
    expect(days("en")).toEqual(["Today", "Yesterday", "Saturday", "January 29", "February 3, 2025"]);
  });

  it("decides how times to wait and times gone by are written", () => {
    const waits = (language: string) => [0.2, 40, 300, 7200].map((seconds) => new Formats(language).wait(seconds));
    expect(waits("pt-BR")).toEqual(["em 1 segundo", "em 40 segundos", "em 5 minutos", "em 2 horas"]);
    expect(waits("en")).toEqual(["in 1 second", "in 40 seconds", "in 5 minutes", "in 2 hours"]);
    const now = new Date();
    const gone = (language: string) =>
      [5, 3 * 60, 2 * 3600, 49 * 3600].map((seconds) => new Formats(language).ago(new Date(now.getTime() - seconds * 1000), now));
    expect(gone("pt-BR")).toEqual(["este minuto", "há 3 minutos", "há 2 horas", "anteontem"]);
    expect(gone("en")).toEqual(["this minute", "3 minutes ago", "2 hours ago", "2 days ago"]);
  });
});

function isSource(name: string): boolean {
  return /\.tsx?$/.test(name) && !name.includes(".test.");
}
