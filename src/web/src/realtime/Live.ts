import type { SocketClient } from "pytake-client";
import { messages, numbers } from "../api/api";
import type { Me } from "../api/types";
import { upload } from "../api/upload";
import { Connection } from "./Connection";
import { ConversationFeed } from "./ConversationFeed";
import { InboxFeed } from "./InboxFeed";
import { IndexedFiles } from "./indexedFiles";
import { Numbers } from "./Numbers";
import { Outbox, type Queued } from "./outbox";
import { People } from "./People";

/** Everything that changes live for one user, while they are logged in. */
export class Live {
  readonly inbox: InboxFeed;
  readonly conversations: ConversationFeed;
  readonly people: People;
  readonly numbers: Numbers;
  readonly outbox: Outbox;
  readonly connection: Connection;
  readonly #endings: (() => void)[];

  constructor(client: SocketClient, me: Me) {
    this.inbox = new InboxFeed(client);
    this.conversations = new ConversationFeed(client);
    this.people = new People(client, me.id);
    this.numbers = new Numbers(client, numbers.list);
    this.connection = new Connection(client);
    this.outbox = new Outbox({
      storage: localStorage,
      userId: me.id,
      send,
      files: new IndexedFiles(),
      upload,
      sent: (message) => this.conversations.put(message),
    });
    const reload = () => this.outbox.reload();
    const flush = () => this.outbox.flush();
    addEventListener("storage", reload);
    addEventListener("online", flush);
    this.#endings = [
      () => removeEventListener("storage", reload),
      () => removeEventListener("online", flush),
      client.onConnectionState(({ status }) => status === "live" && flush()),
    ];
    flush();
  }

  close(): void {
    this.#endings.forEach((end) => end());
    this.inbox.close();
    this.conversations.stop();
    this.people.close();
    this.numbers.close();
    this.connection.close();
    this.outbox.close();
  }
}

function send({ id, conversation_id, message_type, content, reply_to_message_id, file }: Queued) {
  if (message_type === "note") return messages.note(conversation_id, { text: content.text, client_message_id: id });
  return messages.send(conversation_id, {
    message_type,
    content: file ? { ...content, media_id: file.media_id } : content,
    client_message_id: id,
    ...(reply_to_message_id === undefined ? {} : { reply_to_message_id }),
  });
}
