import type { Connection } from "../connection/connection.js";
import { refusal, type Hub } from "../connection/hub.js";
import { HubMethod } from "../events.js";
import type { Rest } from "./rest.js";
import type { Session } from "./session.js";

/** After this many failed attempts a token that the REST API accepts is not trusted any more. */
const SUSPICIOUS_FAILURES = 3;

export interface AuthenticationOptions {
  session: Session;
  rest: Rest;
  connection: () => Connection;
  /** Whether there is a way to get a new token. */
  canRenew: boolean;
}

/** Gives the connected hub each new token, and renews a token that keeps the client from connecting. */
export class Authentication {
  readonly #options: AuthenticationOptions;
  /** The token that the server knows of each hub. */
  readonly #hubTokens = new WeakMap<Hub, string>();
  #renewedForConnecting = false;

  constructor(options: AuthenticationOptions) {
    this.#options = options;
  }

  /** A hub is about to connect with this token. */
  connecting(hub: Hub, token: string): void {
    this.#hubTokens.set(hub, token);
  }

  connected(hub: Hub): void {
    this.#renewedForConnecting = false;
    if (this.#hubTokens.get(hub) !== this.#options.session.token) this.passOn();
  }

  /** Sends the session's token to the connected hub, so that the connection outlives its first token. */
  passOn(): void {
    const connection = this.#options.connection();
    const { hub } = connection;
    if (!hub) return;
    const { token } = this.#options.session;
    this.#hubTokens.set(hub, token);
    hub.invoke(HubMethod.Authenticate, { token }).catch((error: unknown) => {
      if (connection.hub === hub && refusal(error) !== undefined) connection.drop("token_refused");
    });
  }

  /**
   * Renews the token where it is the reason for failed attempts to connect, and gives whether it did. A browser does
   * not tell why a WebSocket was refused, so the REST API is asked about the token. It may still accept the token of a
   * session that sockets refuse already (contract, section 8): after several failures a renewal shows whether there
   * still is a session. There is one renewal per outage.
   */
  async remedy(failures: number): Promise<boolean> {
    const { session, rest, canRenew } = this.#options;
    if (this.#renewedForConnecting) return false;
    const { token } = session;
    const accepted = await rest.accepts(token);
    const isSuspicious = accepted === false || (accepted && failures >= SUSPICIOUS_FAILURES && canRenew);
    if (!isSuspicious || this.#renewedForConnecting) return false;
    this.#renewedForConnecting = true;
    try {
      await session.renew(token);
      return true;
    } catch {
      // Where the renewal was refused, the session has ended; where it did not get through, the next attempt tries
      // again.
      this.#renewedForConnecting = false;
      return false;
    }
  }
}
