import type { UserTyping } from "../events.js";

/** The server stops showing a user as typing after 6 s without news, so this is often enough to repeat it. */
const REPEAT_MS = 2_500;

/** After this long the server's "stopped typing" must have been lost. */
const FORGET_MS = 10_000;

/** Limits how often typing is sent: an application may call `startTyping` at every key. */
export class OwnTyping {
  readonly #saidAt = new Map<string, number>();

  mayStart(conversationId: string): boolean {
    const now = Date.now();
    if (now - (this.#saidAt.get(conversationId) ?? -Infinity) < REPEAT_MS) return false;
    this.#saidAt.set(conversationId, now);
    return true;
  }

  stopped(conversationId: string): void {
    this.#saidAt.delete(conversationId);
  }

  clear(): void {
    this.#saidAt.clear();
  }
}

/** Who is typing in which conversation. Each user who started also stops, even where the server's event is lost. */
export class Typists {
  readonly #changed: (typing: UserTyping) => void;
  readonly #typing = new Map<string, { last: UserTyping; timer: ReturnType<typeof setTimeout> }>();

  constructor(changed: (typing: UserTyping) => void) {
    this.#changed = changed;
  }

  receive(typing: UserTyping): void {
    const key = `${typing.conversation_id} ${typing.user_id}`;
    clearTimeout(this.#typing.get(key)?.timer);
    if (typing.typing) this.#typing.set(key, { last: typing, timer: setTimeout(() => this.#stop(key), FORGET_MS) });
    else this.#typing.delete(key);
    this.#changed(typing);
  }

  /** Reports all users as stopped, in one conversation or, where none is given, in all. */
  clear(conversationId?: string): void {
    for (const [key, { last }] of [...this.#typing]) {
      if (conversationId === undefined || last.conversation_id === conversationId) this.#stop(key);
    }
  }

  #stop(key: string): void {
    const entry = this.#typing.get(key);
    if (!entry) return;
    clearTimeout(entry.timer);
    this.#typing.delete(key);
    this.#changed({ ...entry.last, typing: false });
  }
}
