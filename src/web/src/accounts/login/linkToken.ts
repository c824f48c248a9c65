import { Store } from "../../state/store";

/** Pages that a personal link leads to; its token is in the address's fragment, which no server sees. */
const PAGES = ["/invitation", "/reset"];

/** The token of the link that this page was opened with; undefined without one. It is kept in memory alone. */
export const linkToken = new Store<string | undefined>(undefined);

/** Takes the token out of the address, where histories, screenshots and people behind the user would find it; first of all at the start. */
export function takeLinkToken(): void {
  take();
  // Another link to the same page, opened in the same tab, loads nothing.
  addEventListener("hashchange", take);
}

function take(): void {
  if (!PAGES.includes(location.pathname) || location.hash.length < 2) return;
  linkToken.set(location.hash.slice(1));
  history.replaceState(history.state, "", location.pathname);
}
