import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeServer } from "../testing/fakeServer.js";
import { RefreshTokens, SessionEndedError, webStorage, type TokenPair, type TokenStorage } from "./tokens.js";

let server: FakeServer;
let stored: TokenPair | undefined;
let spent: string[];

/** One family of refresh tokens: each is good for one use, and a second use ends all. */
class Family {
  current = "r1";
  revoked = false;

  refresh = (refreshToken: string) => {
    spent.push(refreshToken);
    if (refreshToken !== this.current) this.revoked = true;
    if (this.revoked) return { status: 401, body: { detail: "Invalid refresh token" } };
    this.current = `r${spent.length + 1}`;
    const body = {
      access_token: `a${spent.length + 1}`,
      refresh_token: this.current,
      token_type: "bearer",
      expires_in: 900,
    };
    return { status: 200, body };
  };
}

const storage: TokenStorage = {
  read: () => stored,
  write: (pair) => {
    stored = pair;
  },
};

function tab(refreshToken?: string, shared: TokenStorage | undefined = storage): RefreshTokens {
  return new RefreshTokens({ baseUrl: "", fetch: server.fetch, refreshToken, storage: shared });
}

/** Web Locks, as far as they are used: one at a time, in order. */
function stubLocks(): void {
  let last: Promise<unknown> = Promise.resolve();
  const request = (_: string, work: () => Promise<unknown>) => (last = last.then(work, work));
  vi.stubGlobal("navigator", { locks: { request } });
}

beforeEach(() => {
  server = new FakeServer();
  server.refresh = new Family().refresh;
  stored = undefined;
  spent = [];
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("RefreshTokens", () => {
  it("spends each token once, and keeps the new pair", async () => {
    const tokens = tab("r1");
    expect(await tokens.refresh()).toMatchObject({ access_token: "a2", expires_in: 900 });
    expect(await tokens.refresh()).toMatchObject({ access_token: "a3" });
    expect(spent).toEqual(["r1", "r2"]);
    expect(stored).toMatchObject({ access_token: "a3", refresh_token: "r3" });
    expect(stored!.expires_at - Date.now()).toBeGreaterThan(890_000);
  });

  it("never has two requests at the same time", async () => {
    const tokens = tab("r1", undefined);
    const [first, second] = await Promise.all([tokens.refresh(), tokens.refresh()]);
    expect(first).toBe(second);
    expect(spent).toEqual(["r1"]);
  });

  it("has one request at a time among all tabs, where there are Web Locks", async () => {
    stubLocks();
    const first = tab("r1");
    const second = tab();
    const answers = await Promise.all([first.refresh(), second.refresh()]);
    expect(spent).toEqual(["r1"]);
    expect(answers.map(({ access_token }) => access_token)).toEqual(["a2", "a2"]);
  });

  it("spends the token that another tab has stored, when its access token expires soon", async () => {
    const first = tab("r1");
    const second = tab();
    await first.refresh();
    stored!.expires_at = Date.now() + 30_000;
    expect(await second.refresh()).toMatchObject({ access_token: "a3" });
    expect(await first.refresh()).toMatchObject({ access_token: "a3" });
    expect(spent).toEqual(["r1", "r2"]);
  });

  it("uses the pair that a faster tab has stored, where there are no locks", async () => {
    const tokens = tab("r1");
    server.refresh = () => {
      stored = { access_token: "others", refresh_token: "r9", expires_at: Date.now() + 900_000 };
      return { status: 401, body: { detail: "Invalid refresh token" } };
    };
    expect(await tokens.refresh()).toMatchObject({ access_token: "others" });
  });

  it("ends with the server's words when refused, and forgets the pair", async () => {
    const tokens = tab("stolen");
    await expect(tokens.refresh()).rejects.toThrow(new SessionEndedError("Invalid refresh token"));
    expect(stored).toBeUndefined();
  });

  it("keeps its token when the server is away or asks to wait", async () => {
    const tokens = tab("r1");
    for (const failure of [503, 429, "network"] as const) {
      server.restFailures.push(failure);
      await expect(tokens.refresh()).rejects.not.toBeInstanceOf(SessionEndedError);
    }
    expect(await tokens.refresh()).toMatchObject({ access_token: "a2" });
  });

  it("ends the session without a token", async () => {
    await expect(tab().refresh()).rejects.toThrow(SessionEndedError);
    expect(spent).toEqual([]);
  });

  it("prefers a token from its options to an older one in the storage", async () => {
    stored = { access_token: "before", refresh_token: "r0", expires_at: Date.now() + 900_000 };
    expect(await tab("r1").refresh()).toMatchObject({ access_token: "a2" });
    expect(spent).toEqual(["r1"]);
  });
});

describe("webStorage", () => {
  it("keeps a pair, and ignores what is not JSON", () => {
    const values = new Map<string, string>();
    const local = webStorage({
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => void values.set(key, value),
      removeItem: (key) => void values.delete(key),
    });
    const pair = { access_token: "a", refresh_token: "r", expires_at: 1 };
    expect(local.read()).toBeUndefined();
    void local.write(pair);
    expect(local.read()).toEqual(pair);
    values.set("pytake.tokens", "{");
    expect(local.read()).toBeUndefined();
    void local.write(undefined);
    expect(values.size).toBe(0);
  });
});
