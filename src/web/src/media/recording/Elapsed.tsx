import { useEffect, useState } from "react";
import { useFormats } from "../../i18n/formats";
import styles from "./Elapsed.module.css";

/** How long a recording is; `since`: when it began, by `performance.now()`. */
export function Elapsed({ since }: { since: number }) {
  const formats = useFormats();
  const seconds = () => Math.floor((performance.now() - since) / 1000);
  const [elapsed, setElapsed] = useState(seconds);
  useEffect(() => {
    const timer = setInterval(() => setElapsed(seconds), 250);
    return () => clearInterval(timer);
  }, [since]);
  return (
    <span className={styles.time} role="timer">
      {formats.duration(elapsed)}
    </span>
  );
}
