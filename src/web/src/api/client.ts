import { SocketClient, webStorage } from "pytake-client";

/** The tokens, which all tabs of this browser share. */
export const tokens = webStorage(localStorage);

/** The one client of this tab, for the live connection and for REST requests. */
export const client = new SocketClient({ tokens: { storage: tokens } });
