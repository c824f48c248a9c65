import { Navigate } from "@tanstack/react-router";
import { useMe } from "../accounts/SessionContext";
import { Forbidden } from "./Forbidden";
import { pagesOf } from "./pages";

/** Leads on to the first page of the settings. */
export function SettingsHome() {
  const [first] = pagesOf("settings", useMe().permissions);
  return first ? <Navigate to={first.path} replace /> : <Forbidden />;
}
