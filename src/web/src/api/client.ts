import { SocketClient, webStorage } from "pytake-client";

/** The pair of tokens that all tabs of this browser share. */
export const tokens = webStorage(localStorage);

/** The one connection of this tab, and its way to the REST API. */
export const client = new SocketClient({ tokens: { storage: tokens } });
