import { useMemo } from "react";
import { useTranslation } from "react-i18next";

/** Formats dates, times and numbers in a language. */
export class Formats {
  readonly #language: string;
  readonly #cache = new Map<string, Intl.DateTimeFormat>();
  readonly #relative: Intl.RelativeTimeFormat;
  readonly #number: Intl.NumberFormat;

  constructor(language: string) {
    this.#language = language;
    this.#relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
    this.#number = new Intl.NumberFormat(language);
  }

  number(value: number): string {
    return this.#number.format(value);
  }

  /** R$ 19,90; the number alone where the currency is not known. */
  money(value: number, currency: string | null | undefined): string {
    if (!currency || !/^[a-z]{3}$/i.test(currency)) return this.number(value);
    return new Intl.NumberFormat(this.#language, { style: "currency", currency }).format(value);
  }

  /** 340 KB, 2,4 MB */
  bytes(value: number): string {
    const [unit, amount] = value < 1024 * 1024 ? (["kilobyte", value / 1024] as const) : (["megabyte", value / 1024 / 1024] as const);
    const rounded = amount < 10 ? Math.max(0.1, Math.round(amount * 10) / 10) : Math.round(amount);
    return new Intl.NumberFormat(this.#language, { style: "unit", unit, unitDisplay: "short" }).format(rounded);
  }

  /** 45 % */
  percent(part: number): string {
    return new Intl.NumberFormat(this.#language, { style: "percent" }).format(part);
  }

  /** 3:20, or 1:03:20 from an hour on. */
  duration(seconds: number): string {
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
    const padded = (part: number) => String(part).padStart(2, "0");
    return hours > 0 ? `${hours}:${padded(minutes)}:${padded(rest)}` : `${minutes}:${padded(rest)}`;
  }

  /** In 40 seconds, in 3 minutes, in 2 hours. */
  wait(seconds: number): string {
    if (seconds < 100) return this.#relative.format(Math.max(1, Math.ceil(seconds)), "second");
    if (seconds < 100 * 60) return this.#relative.format(Math.ceil(seconds / 60), "minute");
    return this.#relative.format(Math.ceil(seconds / 3600), "hour");
  }

  /** 3 minutes ago, 2 hours ago, 5 days ago. */
  ago(at: Date, now = new Date()): string {
    const minutes = Math.floor((now.getTime() - at.getTime()) / 60_000);
    if (minutes < 60) return this.#relative.format(-Math.max(0, minutes), "minute");
    if (minutes < 24 * 60) return this.#relative.format(-Math.floor(minutes / 60), "hour");
    return this.#relative.format(-Math.floor(minutes / 1440), "day");
  }

  /** 14:05 */
  time(at: Date): string {
    return this.#format("time", { hour: "2-digit", minute: "2-digit" }).format(at);
  }

  /** The whole date and time, for a tooltip. */
  full(at: Date): string {
    return this.#format("full", { dateStyle: "full", timeStyle: "medium" }).format(at);
  }

  /** Today, yesterday, a weekday within a week, and the date beyond. */
  day(at: Date, now = new Date()): string {
    const days = daysBetween(at, now);
    if (days === 0 || days === -1) return capitalized(this.#relative.format(days, "day"));
    if (days < 0 && days > -7) return capitalized(this.#format("weekday", { weekday: "long" }).format(at));
    if (at.getFullYear() === now.getFullYear()) return this.#format("date", { day: "numeric", month: "long" }).format(at);
    return this.#format("dateYear", { day: "numeric", month: "long", year: "numeric" }).format(at);
  }

  /** Short, for a list: the time today, a weekday within a week, and the date beyond. */
  short(at: Date, now = new Date()): string {
    const days = daysBetween(at, now);
    if (days === 0) return this.time(at);
    if (days === -1) return capitalized(this.#relative.format(days, "day"));
    if (days < 0 && days > -7) return this.#format("shortWeekday", { weekday: "short" }).format(at);
    return this.#format("shortDate", { day: "2-digit", month: "2-digit", year: "2-digit" }).format(at);
  }

  #format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    let format = this.#cache.get(name);
    if (!format) this.#cache.set(name, (format = new Intl.DateTimeFormat(this.#language, options)));
    return format;
  }
}

export function useFormats(): Formats {
  const { i18n } = useTranslation();
  return useMemo(() => new Formats(i18n.language), [i18n.language]);
}

/** Calendar days from `now` to `at`, in the browser's time zone. */
function daysBetween(at: Date, now: Date): number {
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(at) - midnight(now)) / 86_400_000);
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
