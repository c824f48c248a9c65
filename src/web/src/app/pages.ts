import type { ComponentType } from "react";
import type { IconName } from "../ui/Icon";

/** A page in the app's frame, loaded when it is first opened. */
export interface Page {
  /** Its address, with the slash; also its key. */
  path: string;
  /** Its name where a link leads to it: a text of the namespace `app`, below `pages`. */
  name: string;
  icon: IconName;
  /** Where that is: among the settings, or in the user's menu; otherwise in the navigation. */
  place?: "settings" | "menu";
  /** Only users with this permission are led to the page and may open it. */
  permission?: string;
  load: () => Promise<{ default: ComponentType }>;
}

/** All pages but the inbox, which is the app's home and has routes of its own. */
export const pages: Page[] = [
  {
    path: "/numbers",
    name: "numbers",
    icon: "phone",
    permission: "numbers:write",
    load: () => import("../whatsapp/NumbersPage"),
  },
  {
    path: "/operations",
    name: "operations",
    icon: "activity",
    permission: "operations:manage",
    load: () => import("../operations/OperationsPage"),
  },
  {
    path: "/account",
    name: "account",
    icon: "user",
    place: "menu",
    load: () => import("../accounts/profile/AccountPage"),
  },
  {
    path: "/settings/people",
    name: "people",
    icon: "users",
    place: "settings",
    permission: "users:write",
    load: () => import("../accounts/people/PeoplePage"),
  },
  {
    path: "/settings/security",
    name: "security",
    icon: "shield",
    place: "settings",
    permission: "users:write",
    load: () => import("../accounts/security/SecurityPage"),
  },
  {
    path: "/settings/audit",
    name: "audit",
    icon: "list",
    place: "settings",
    permission: "users:write",
    load: () => import("../accounts/audit/AuditPage"),
  },
];

/** The pages that a user with these permissions is led to from a place. */
export function pagesOf(place: Page["place"], permissions: readonly string[]): Page[] {
  return pages.filter((page) => page.place === place && (page.permission === undefined || permissions.includes(page.permission)));
}
