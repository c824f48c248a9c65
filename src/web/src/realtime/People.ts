import type { SocketClient } from "pytake-client";
import { Store } from "../state/store";

export interface Person {
  readonly id: string;
  readonly name: string;
}

type InConversations = ReadonlyMap<string, readonly Person[]>;

const NOBODY: readonly Person[] = [];

/** Who is online, who views the open conversations, and who types in them. The user is left out of the latter two. */
export class People {
  readonly online: Store<ReadonlySet<string>>;
  readonly typing = new Store<InConversations>(new Map());
  readonly viewing = new Store<InConversations>(new Map());
  readonly #endings: (() => void)[];

  constructor(client: SocketClient, ownId: string) {
    this.online = new Store<ReadonlySet<string>>(new Set(client.onlineUsers));
    const look = () => this.online.set(new Set(client.onlineUsers));
    this.#endings = [
      client.onUserStatus(look),
      client.onPresenceSnapshot(look),
      client.onTyping(({ conversation_id, user_id, user_name, typing }) => {
        if (user_id === ownId) return;
        this.typing.update((all) => {
          const others = (all.get(conversation_id) ?? NOBODY).filter(({ id }) => id !== user_id);
          return changed(all, conversation_id, typing ? [...others, { id: user_id, name: user_name ?? "" }] : others);
        });
      }),
      client.onViewers(({ conversation_id, users }) => {
        const others = users.filter(({ user_id }) => user_id !== ownId);
        const people = others.map(({ user_id, user_name }) => ({ id: user_id, name: user_name }));
        this.viewing.update((all) => changed(all, conversation_id, people));
      }),
    ];
  }

  close(): void {
    this.#endings.forEach((end) => end());
  }
}

export function peopleIn(conversationId: string): (all: InConversations) => readonly Person[] {
  return (all) => all.get(conversationId) ?? NOBODY;
}

function changed(all: InConversations, conversationId: string, people: readonly Person[]): InConversations {
  return new Map(all).set(conversationId, people);
}
