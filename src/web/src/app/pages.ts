import type { ComponentType } from "react";
import type { IconName } from "../ui/Icon";

/** A page of its own in the app's frame, loaded when it is first opened. */
export interface Page {
  /** Its address; also its key. */
  path: `/${string}`;
  /** Its name in the navigation: a text of the namespace `app`, below `pages`. */
  name: string;
  icon: IconName;
  /** Only whoever has it sees the page in the navigation and may open it. */
  permission?: string;
  load: () => Promise<{ default: ComponentType }>;
}

/** The inbox is not among them: it is the app's home, with addresses of its own. */
export const pages: Page[] = [
  {
    path: "/operations",
    name: "operations",
    icon: "activity",
    permission: "operations:manage",
    load: () => import("../operations/OperationsPage"),
  },
];
