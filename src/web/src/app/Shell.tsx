import { useQuery } from "@tanstack/react-query";
import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { meQuery, useSessionState } from "../accounts/SessionContext";
import { PlayerProvider } from "../media/PlayerProvider";
import { enrolmentDemanded } from "../api/api";
import { LiveProvider } from "../realtime/LiveProvider";
import { useStore } from "../state/store";
import { Failure, Loading } from "../ui/State";
import { Navigation } from "./Navigation";
import { PlayerBar } from "./PlayerBar";
import styles from "./Shell.module.css";

const EnrolmentPage = lazy(() => import("../accounts/profile/EnrolmentPage"));

/** What a user sees after the login: the navigation beside a page. */
export function Shell() {
  const state = useSessionState();
  useLeaveWhenLoggedOut(state !== "in");
  const { data, error, refetch } = useQuery({ ...meQuery, enabled: state === "in" });
  const isDemanded = useStore(enrolmentDemanded, (value) => value);

  if (state !== "in") return null;
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading />;
  if (data.mfa_enrolment_required || isDemanded) {
    return (
      <Suspense fallback={<Loading />}>
        <EnrolmentPage />
      </Suspense>
    );
  }
  return (
    <LiveProvider key={data.id} me={data}>
      <PlayerProvider userId={data.id}>
        <div className={styles.shell}>
          <SkipLink />
          <Navigation />
          <div className={styles.main}>
            <PlayerBar />
            <div id="content" className={styles.content} tabIndex={-1}>
              <Outlet />
            </div>
          </div>
        </div>
      </PlayerProvider>
    </LiveProvider>
  );
}

/** A link past the navigation, for people who use the keyboard. */
function SkipLink() {
  const { t } = useTranslation();
  return (
    <a className={styles.skip} href="#content">
      {t("skip")}
    </a>
  );
}

function useLeaveWhenLoggedOut(isOut: boolean) {
  const navigate = useNavigate();
  const href = useRouterState({ select: ({ location }) => location.href });
  useEffect(() => {
    if (isOut) void navigate({ to: "/login", search: { next: href }, replace: true });
    // The effect does not depend on the address, because the one at the logout is the one to come back to.
  }, [isOut]);
}
