import type { ComponentType } from "react";
import type { IconName } from "../ui/Icon";

/** A page in the app's frame, loaded when it is first opened. */
export interface Page {
  /** Its address; also its key. */
  path: `/${string}`;
  /** Its name in the navigation: a text of the namespace `app`, below `pages`. */
  name: string;
  icon: IconName;
  /** Only users with this permission see the page in the navigation and may open it. */
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
];
