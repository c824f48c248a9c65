import type { Callbacks } from "../callbacks.js";
import type { Hub } from "../connection/hub.js";
import type { ConversationUpdated, Resync } from "../events.js";
import type { Answer } from "../session/http.js";
import { List } from "./list.js";
import type { MessageEvent } from "./messageChanges.js";
import { Room, type JoinError } from "./room.js";

export interface StreamsOptions {
  callbacks: Callbacks;
  get: <T>(path: string, query: object, signal?: AbortSignal) => Promise<Answer<T>>;
  /** The connected hub. */
  hub: () => Hub | undefined;
  /** A room was left, or the server refuses it. */
  roomEnded: (id: string) => void;
  /** The server has asked for a catch-up, which begins after this. */
  resyncing: () => void;
  /** `busy` may have changed. */
  changed: () => void;
  random: () => number;
}

/** The numbered streams that the application follows: the joined conversations, and the list of all. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #rooms = new Map<string, Room>();
  #list: List;

  constructor(options: StreamsOptions) {
    this.#options = options;
    this.#list = this.#newList();
  }

  get list(): List {
    return this.#list;
  }

  /** Whether changes that were missed are still being asked for. */
  get busy(): boolean {
    return this.#list.feed.busy || [...this.#rooms.values()].some((room) => room.busy);
  }

  /** The room of a conversation, which is joined where it is not yet. `afterSeq` counts for a new one only. */
  room(id: string, afterSeq?: number): Room {
    const known = this.#rooms.get(id);
    if (known) return known;
    const { callbacks, get, changed, random } = this.#options;
    const room = new Room(id, afterSeq, {
      get,
      emit: (change) => callbacks.messageChanged(change),
      refused: (refused, error, lost) => this.#refused(refused, error, lost),
      changed,
      random,
    });
    this.#rooms.set(id, room);
    const hub = this.#options.hub();
    if (hub) room.connected(hub);
    return room;
  }

  /** Gives whether there was such a room. */
  leave(id: string): boolean {
    const room = this.#rooms.get(id);
    if (!room) return false;
    this.#forget(room);
    room.close("Left before it was joined");
    return true;
  }

  /** Resolves when the position of the list is known, if it is wanted. */
  connected(hub: Hub): Promise<void> {
    for (const room of [...this.#rooms.values()]) room.connected(hub);
    return this.#list.connected();
  }

  disconnected(): void {
    for (const room of this.#rooms.values()) room.disconnected();
    this.#list.feed.suspend();
  }

  /** Ends all rooms, and forgets every position. */
  clear(reason: string): void {
    for (const room of this.#rooms.values()) room.close(reason);
    this.#rooms.clear();
    this.#list.feed.suspend();
    this.#list = this.#newList();
  }

  receiveMessage(event: MessageEvent, { conversation_id, seq }: { conversation_id: string; seq: number }): void {
    this.#rooms.get(conversation_id)?.feed.receive({ seq, value: event });
  }

  receiveConversation(conversation: ConversationUpdated): void {
    this.#list.receive(conversation);
    // The event does not come through the conversation's room, so it may show that the room missed something.
    const { id, last_seq } = conversation;
    const feed = this.#rooms.get(id)?.feed;
    if (feed?.position !== undefined && last_seq > feed.position) feed.learn(last_seq);
  }

  resync(resync: Resync): void {
    const isList = "inbox_seq" in resync;
    const feed = isList ? this.#list.feed : this.#rooms.get(resync.conversation_id)?.feed;
    const seq = isList ? resync.inbox_seq : resync.last_seq;
    if (feed?.position === undefined || (seq !== undefined && seq <= feed.position)) return;
    this.#options.resyncing();
    feed.catchUp();
  }

  catchUp(): void {
    for (const room of this.#rooms.values()) room.feed.catchUp();
    this.#list.feed.catchUp();
  }

  #refused(room: Room, error: JoinError, lost: boolean): void {
    this.#forget(room);
    if (lost) this.#options.callbacks.failed(error.message, error);
    this.#options.changed();
  }

  #forget(room: Room): void {
    this.#rooms.delete(room.id);
    this.#options.roomEnded(room.id);
  }

  #newList(): List {
    const { callbacks, get, changed, random } = this.#options;
    return new List({
      get,
      emit: (conversation) => callbacks.conversationChanged(conversation),
      wanted: () => callbacks.wantList,
      refused: (error) => callbacks.failed(error.message, error),
      changed,
      random,
    });
  }
}
