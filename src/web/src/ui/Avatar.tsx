import styles from "./Avatar.module.css";
import { classes } from "./classes";

const HUES = 8;

interface AvatarProps {
  name: string;
  size?: "s" | "m" | "l";
  /** Whether the person is online; omitted where that is not known or does not matter. */
  online?: boolean | undefined;
}

/** Initials on a colour that depends on the name. Decoration: the name stands beside it. */
export function Avatar({ name, size = "m", online }: AvatarProps) {
  return (
    <span
      className={classes(styles.avatar, styles[size], styles[`hue${hueOf(name)}`])}
      data-initials={initials(name)}
      aria-hidden="true"
    >
      {online !== undefined && <span className={classes(styles.dot, online && styles.online)} />}
    </span>
  );
}

export function initials(name: string): string {
  const words = name.split(/[\s@._-]+/).filter((word) => /^\p{L}/u.test(word));
  const letters = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  return letters.map((word) => [...word][0]!.toLocaleUpperCase()).join("") || "#";
}

function hueOf(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)!) | 0;
  return Math.abs(hash) % HUES;
}
