import { useSyncExternalStore } from "react";

/** `system` follows the operating system's theme, also when that changes. */
export type Theme = "system" | "light" | "dark";

export const THEMES: readonly Theme[] = ["system", "light", "dark"];

const KEY = "pytake.theme";
const listeners = new Set<() => void>();

function stored(): Theme {
  const value = localStorage.getItem(KEY);
  return THEMES.find((theme) => theme === value) ?? "system";
}

/** Puts the chosen theme on the page; call it before the first paint. */
export function applyTheme(): void {
  const theme = stored();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function chooseTheme(theme: Theme): void {
  if (theme === "system") localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  applyTheme();
  listeners.forEach((listener) => listener());
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, stored);
}

function subscribe(listener: () => void): () => void {
  const otherTab = () => {
    applyTheme();
    listener();
  };
  listeners.add(listener);
  addEventListener("storage", otherTab);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", otherTab);
  };
}
