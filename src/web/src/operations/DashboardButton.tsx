import { RestError } from "pytake-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api/api";
import { Button } from "../ui/Button";
import styles from "./DashboardButton.module.css";

/** Leads to Hangfire's dashboard of this installation, with a session of its own: a cookie that only its pages get. */
export function DashboardButton() {
  const { t } = useTranslation("operations");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();

  async function open() {
    setBusy(true);
    setProblem(undefined);
    try {
      const { path } = await call<{ path: string }>("POST", "/ops/dashboard");
      window.location.assign(path);
    } catch (error) {
      setBusy(false);
      setProblem(t(error instanceof RestError && error.status === 404 ? "dashboard.closed" : "dashboard.failed"));
    }
  }

  return (
    <div className={styles.dashboard}>
      {problem && <span role="alert">{problem}</span>}
      <Button icon="activity" busy={busy} onClick={() => void open()}>
        {t("dashboard.open")}
      </Button>
    </div>
  );
}
