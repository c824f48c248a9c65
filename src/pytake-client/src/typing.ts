import type { UserTyping } from "./events.js";

/** The server forgets a typist after 6 s of silence, so this often is often enough to say "still typing". */
const REPEAT_MS = 2_500;

/** When the server's "stopped" should have come long ago, it was lost. */
const FORGET_MS = 10_000;

/** Holds back what need not be said: an application may call `startTyping` at every key. */
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

/** Who is typing where: sees to it that everyone who started also stops, even if the server's word does not come. */
export class Typists {
  readonly #tell: (typing: UserTyping) => void;
  readonly #typing = new Map<string, { last: UserTyping; timer: ReturnType<typeof setTimeout> }>();

  constructor(tell: (typing: UserTyping) => void) {
    this.#tell = tell;
  }

  hear(typing: UserTyping): void {
    const key = `${typing.conversation_id} ${typing.user_id}`;
    clearTimeout(this.#typing.get(key)?.timer);
    if (typing.typing) this.#typing.set(key, { last: typing, timer: setTimeout(() => this.#stop(key), FORGET_MS) });
    else this.#typing.delete(key);
    this.#tell(typing);
  }

  /** Everybody has stopped as far as we can know: in one conversation, or in all when none is given. */
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
    this.#tell({ ...entry.last, typing: false });
  }
}
