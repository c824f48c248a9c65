import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  type AnyRoute,
} from "@tanstack/react-router";
import { lazy } from "react";
import { LoginPage } from "../accounts/login/LoginPage";
import type { Session } from "../accounts/session";
import { InboxPage } from "../conversations/InboxPage";
import { isFilter, type Filter, type Narrowing } from "../realtime/filters";
import { NotFound } from "./NotFound";
import { Page as PageFrame } from "./PageFrame";
import { pages } from "./pages";
import { SettingsHome } from "./SettingsHome";
import { Shell } from "./Shell";

/** The parameters of the inbox's address. */
export interface InboxSearch extends Narrowing {
  filter?: Filter | undefined;
  q?: string | undefined;
  /** The message of the open conversation to go to. */
  message?: string | undefined;
}

export function createAppRouter(session: Session) {
  const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

  const login = createRoute({
    getParentRoute: () => root,
    path: "/login",
    validateSearch: ({ next }: Record<string, unknown>): { next?: string | undefined } => ({ next: localPath(next) }),
    component: LoginPage,
  });

  const forgot = createRoute({
    getParentRoute: () => root,
    path: "/forgot",
    component: lazyRouteComponent(() => import("../accounts/login/ForgotPage")),
  });
  const reset = createRoute({
    getParentRoute: () => root,
    path: "/reset",
    component: lazyRouteComponent(() => import("../accounts/login/ResetPage")),
  });
  const invitation = createRoute({
    getParentRoute: () => root,
    path: "/invitation",
    component: lazyRouteComponent(() => import("../accounts/login/InvitationPage")),
  });

  const shell = createRoute({
    getParentRoute: () => root,
    id: "shell",
    component: Shell,
    beforeLoad: ({ location }) => {
      if (session.state === "in") return;
      const next = location.pathname === "/" ? undefined : location.href;
      throw redirect({ to: "/login", search: { next }, replace: true });
    },
  });

  const home = createRoute({
    getParentRoute: () => shell,
    path: "/",
    beforeLoad: () => {
      throw redirect({ to: "/inbox", replace: true });
    },
  });

  const inbox = createRoute({
    getParentRoute: () => shell,
    path: "/inbox",
    validateSearch: ({ filter, q, tag, agent, contact, number, unread, failed, message }: Record<string, unknown>): InboxSearch => ({
      filter: isFilter(filter) ? filter : undefined,
      q: words(q),
      tag: words(tag),
      agent: words(agent),
      contact: words(contact),
      number: words(number),
      unread: unread === true ? true : undefined,
      failed: failed === true ? true : undefined,
      message: words(message),
    }),
    component: InboxPage,
  });

  const conversation = createRoute({ getParentRoute: () => inbox, path: "$conversationId" });

  const settings = createRoute({ getParentRoute: () => shell, path: "/settings", component: SettingsHome });

  const others: AnyRoute[] = pages.map((page) => {
    const Content = lazy(page.load);
    return createRoute({
      getParentRoute: () => shell,
      path: page.path,
      component: () => (
        <PageFrame page={page}>
          <Content />
        </PageFrame>
      ),
    });
  });

  return createRouter({
    routeTree: root.addChildren([
      login,
      forgot,
      reset,
      invitation,
      shell.addChildren([home, inbox.addChildren([conversation]), settings, ...(others as [])]),
    ]),
    defaultPreload: false,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

/** A text of the address; one that looks like a number was read as one. */
function words(value: unknown): string | undefined {
  return (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : undefined;
}

/** The address to go to after the login, if it is on this site: a link could name any other. */
function localPath(next: unknown): string | undefined {
  return typeof next === "string" && /^\/(?![/\\])/.test(next) ? next : undefined;
}
