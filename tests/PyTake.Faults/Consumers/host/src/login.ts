import { RestError, type AccessToken, type TokenSource } from "pytake-client";

/** Gets tokens by logging in. All consumers of a host belong to one user and share each login, as tabs of a browser do. */
export class Login implements TokenSource {
  readonly #url: string;
  readonly #body: string;
  #underWay: Promise<AccessToken> | undefined;

  constructor(baseUrl: string, email: string, password: string) {
    this.#url = `${baseUrl}/api/v1/auth/login`;
    this.#body = JSON.stringify({ email, password });
  }

  refresh(): Promise<AccessToken> {
    this.#underWay ??= this.#logIn().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }

  async #logIn(): Promise<AccessToken> {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(this.#url, { method: "POST", headers, body: this.#body, signal: AbortSignal.timeout(15_000) });
    if (!answer.ok) throw new RestError(answer.status, `The login was answered ${answer.status}`);
    return (await answer.json()) as AccessToken;
  }
}
