import type { Callbacks } from "../callbacks.js";
import type { Hub } from "../connection/hub.js";
import type { ConversationRemoved, ConversationUpdated, Resync, Watched } from "../events.js";
import type { Get } from "./feed.js";
import {
  List,
  loadPage,
  type ConversationPage,
  type ConversationQuery,
  type ConversationWatch,
  type ListChange,
  type WatchError,
} from "./list.js";
import type { MessageEvent } from "./messageChanges.js";
import { Room, type JoinError } from "./room.js";

export interface StreamsOptions {
  callbacks: Callbacks;
  get: Get;
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

/** The numbered streams that the application follows: the joined conversations, and the watched view of the list. */
export class Streams {
  readonly #options: StreamsOptions;
  readonly #rooms = new Map<string, Room>();
  #list: List | undefined;

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  /** Whether changes that were missed are still being asked for. */
  get busy(): boolean {
    return this.#list?.busy === true || [...this.#rooms.values()].some((room) => room.busy);
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

  /** Watches a view in place of the one that was watched. */
  watch({ view, limit }: ConversationWatch): Promise<Watched> {
    if (this.#list?.view === view) {
      this.#list.resize(limit);
      return this.#list.watched;
    }
    const { callbacks, get, changed, random } = this.#options;
    const list = new List(
      { view, limit },
      {
        get,
        emit: (change) => callbacks.listChanged(change),
        counted: (counts) => callbacks.conversationCounts.emit(counts),
        refused: (refused, error, lost) => this.#refusedList(refused, error, lost),
        changed,
        random,
      },
    );
    this.#list?.close("Another view is watched");
    this.#list = list;
    const hub = this.#options.hub();
    if (hub) list.connected(hub, true);
    return list.watched;
  }

  /** Gives whether a view was watched. */
  unwatch(): boolean {
    const list = this.#list;
    this.#list = undefined;
    list?.close("Not watched any more");
    return list !== undefined;
  }

  /** Gets a page of the list; one of the watched view leads up to its changes. */
  loadList(query: ConversationQuery): Promise<ConversationPage> {
    const isWatched = this.#list !== undefined && query.view === this.#list.view && query.q === undefined;
    return isWatched ? this.#list!.load(query) : loadPage(this.#options.get, query);
  }

  connected(hub: Hub): void {
    for (const room of [...this.#rooms.values()]) room.connected(hub);
    this.#list?.connected(hub);
  }

  disconnected(): void {
    for (const room of this.#rooms.values()) room.disconnected();
    this.#list?.disconnected();
  }

  /** Ends all rooms and the watch, and forgets every position. */
  clear(reason: string): void {
    for (const room of this.#rooms.values()) room.close(reason);
    this.#rooms.clear();
    this.#list?.close(reason);
    this.#list = undefined;
  }

  receiveMessage(event: MessageEvent, { conversation_id, seq }: { conversation_id: string; seq: number }): void {
    this.#rooms.get(conversation_id)?.feed.receive({ seq, value: event });
  }

  receiveConversation(conversation: ConversationUpdated): void {
    this.#receiveChange({ kind: "updated", conversation }, conversation);
    // The event does not come through the conversation's room, so it may show that the room missed something.
    const { id, last_seq } = conversation;
    const feed = this.#rooms.get(id)?.feed;
    if (feed?.position !== undefined && last_seq > feed.position) feed.learn(last_seq);
  }

  receiveRemoval(removed: ConversationRemoved): void {
    this.#receiveChange({ kind: "removed", removed }, removed);
  }

  resync(resync: Resync): void {
    const isList = "inbox_seq" in resync;
    const feed = isList ? this.#list?.feed : this.#rooms.get(resync.conversation_id)?.feed;
    const seq = isList ? resync.inbox_seq : resync.last_seq;
    if (feed?.position === undefined || (seq !== undefined && seq <= feed.position)) return;
    this.#options.resyncing();
    feed.catchUp();
  }

  catchUp(): void {
    for (const room of this.#rooms.values()) room.feed.catchUp();
    this.#list?.feed.catchUp();
  }

  #receiveChange(change: ListChange, { inbox_seq, prev_inbox_seq }: { inbox_seq: number; prev_inbox_seq?: number }): void {
    this.#list?.receive({ seq: inbox_seq, prev: prev_inbox_seq, value: change });
  }

  #refusedList(list: List, error: WatchError, lost: boolean): void {
    if (this.#list === list) this.#list = undefined;
    if (lost) this.#options.callbacks.failed(error.message, error);
    this.#options.changed();
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
}
