import { webStorage, type ConnectionState } from "pytake-client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Entry } from "../api/entry";
import { MemoryStorage } from "../state/memoryStorage";
import { keysBelow, personalPrefix } from "../state/personal";
import { Session, type SessionState } from "./session";

/** What the session does with its tab's connection. */
class FakeClient {
  connected = false;
  #listener = (_state: ConnectionState) => {};
  connect = () => {
    this.connected = true;
    return Promise.resolve();
  };
  disconnect = () => {
    this.connected = false;
    return Promise.resolve();
  };
  onConnectionState(listener: (state: ConnectionState) => void) {
    this.#listener = listener;
    return () => {};
  }
  /** The server refuses the session's refresh token, which leaves the storage then, unless another tab has another session. */
  ends({ leavesTokens = false } = {}) {
    if (!leavesTokens) storage.removeItem("pytake.tokens");
    this.#listener({ status: "closed", reason: "session_ended" });
  }
}

let storage: MemoryStorage;
let requests: { url: string; body: unknown }[];
const sessions: Session[] = [];

function tab() {
  const client = new FakeClient();
  const ofTab = new MemoryStorage();
  const session = new Session({
    client,
    tokens: webStorage(storage),
    storages: [storage, ofTab],
    fetch: (url, init) => {
      requests.push({ url, body: JSON.parse(String(init?.body)) });
      return Promise.resolve(Response.json({ success: true }));
    },
  });
  sessions.push(session);
  return { client, session, ofTab };
}

const entry = (id: string): Entry => ({ access_token: `access-${id}`, refresh_token: `refresh-${id}`, expires_in: 900, user: { id } });
const write = (userId: string, text: string) => {
  storage.setItem(`${personalPrefix("draft", userId)}c1`, text);
  storage.setItem(`${personalPrefix("outbox", userId)}m1`, JSON.stringify({ text }));
};
const texts = () => keysBelow(storage, "pytake.").filter((key) => key !== "pytake.tokens" && key !== "pytake.theme");

/** Resolves when the session has this state. */
function becomes(session: Session, state: SessionState): Promise<void> {
  return new Promise((resolve) => {
    const look = () => session.state === state && resolve();
    session.subscribe(look);
    look();
  });
}

beforeEach(() => {
  storage = new MemoryStorage();
  requests = [];
});

afterEach(() => sessions.splice(0).forEach((session) => session.close()));

describe("the session", () => {
  it("leaves no text in the browser at the logout, of any user, and keeps what is the browser's", async () => {
    const { session, ofTab } = tab();
    await session.begin(entry("ana"));
    write("ana", "Bom dia");
    write("carla", "from a version that forgot nothing");
    ofTab.setItem("pytake.draft.c1", "from a version that kept drafts in the tab");
    storage.setItem("pytake.theme", "dark");
    await session.logOut();
    expect(texts()).toEqual([]);
    expect(ofTab.length).toBe(0);
    expect(storage.getItem("pytake.theme")).toBe("dark");
    expect(storage.getItem("pytake.tokens")).toBeNull();
    expect(requests).toEqual([{ url: "/api/v1/auth/logout", body: { refresh_token: "refresh-ana" } }]);
  });

  it("empties every tab at the logout in one", async () => {
    const [one, two] = [tab(), tab()];
    await one.session.begin(entry("ana"));
    await becomes(two.session, "in");
    two.ofTab.setItem("pytake.draft.c1", "Bom dia");
    write("ana", "Boa tarde");
    await one.session.logOut();
    await becomes(two.session, "out");
    await new Promise((resolve) => setImmediate(resolve));
    expect(two.client.connected).toBe(false);
    expect(two.ofTab.length).toBe(0);
    expect(texts()).toEqual([]);
  });

  it("leaves no text where the server ends it, and says how many there were, in the other tabs too", async () => {
    const [one, two] = [tab(), tab()];
    await one.session.begin(entry("ana"));
    await becomes(two.session, "in");
    write("ana", "Bom dia");
    one.client.ends();
    await becomes(one.session, "ended");
    expect(one.session.lost).toBe(2);
    expect(texts()).toEqual([]);
    await becomes(two.session, "ended");
  });

  it("takes nothing from the user who has logged in meanwhile in another tab", async () => {
    const { session, client } = tab();
    await session.begin(entry("ana"));
    write("bruno", "Boa noite");
    client.ends({ leavesTokens: true });
    await becomes(session, "ended");
    expect(texts()).toHaveLength(2);
  });

  it("starts without texts of others, and ends the session that it replaces", async () => {
    const { session } = tab();
    await session.begin(entry("ana"));
    write("ana", "Bom dia");
    write("bruno", "Boa noite");
    await session.begin(entry("bruno"));
    expect(texts()).toEqual(["pytake.draft.bruno.c1", "pytake.outbox.bruno.m1"]);
    expect(session.state).toBe("in");
    expect(requests).toEqual([{ url: "/api/v1/auth/logout", body: { refresh_token: "refresh-ana" } }]);
  });

  it("leaves no text of a session that ended while the browser was closed", async () => {
    write("ana", "Bom dia");
    const { session } = tab();
    await session.resume();
    expect(session.state).toBe("out");
    expect(texts()).toEqual([]);
  });

  it("keeps the texts of a session that goes on", async () => {
    write("ana", "Bom dia");
    storage.setItem("pytake.tokens", JSON.stringify({ access_token: "a", refresh_token: "b", expires_at: 0 }));
    const { session } = tab();
    await session.resume();
    expect(session.state).toBe("in");
    expect(texts()).toHaveLength(2);
  });
});
