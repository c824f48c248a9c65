import type { Message } from "pytake-client";
import type { Queued } from "../../realtime/outbox";

/** A row of the conversation: a message that the server has, or one that is queued. */
export interface Row {
  /** The same before and after the server has the message, so that the row stays in place. */
  readonly key: string;
  readonly at: string;
  readonly message?: Message;
  readonly queued?: Queued;
  /** Photos that one sender sent one after the other: the row has these, and no message of its own. */
  readonly album?: readonly AlbumPart[];
  /** The first of its day. */
  readonly startsDay: boolean;
  /** Another sender, or the same one a while later: there is a gap above it. */
  readonly startsTurn: boolean;
}

export type AlbumPart = Pick<Row, "key" | "at" | "message" | "queued">;

const PAUSE_MS = 5 * 60_000;

/** Photos of an album come this soon after each other. */
const ALBUM_PAUSE_MS = 60_000;

/**
 * The rows of the screen, in order; `userId` is the user's, whose queued messages these are. For the server a reaction is a
 * message, which may fail to be sent; here it is shown at the message that it belongs to, and only a failed one has a row.
 *
 * A row is the same object until its content changes: among ten thousand rows, a tick makes one new object.
 */
export function rowsOf(messages: readonly Message[], queued: readonly Queued[], userId: string): Row[] {
  const rows: Row[] = [];
  let before: Line | undefined;
  let photos: Line[] = [];
  const endAlbum = () => {
    if (photos.length > 1) rows.splice(-photos.length, photos.length, photos[0]!.albumOf(photos));
    photos = [];
  };
  const add = (line: Line) => {
    const row = line.rowAfter(before);
    if (!before || !line.continuesAlbum(before)) endAlbum();
    rows.push(row);
    photos.push(line);
    before = line;
  };
  for (const message of messages) {
    if (message.message_type === "reaction" && message.status !== "failed") continue;
    add(lineOf(message, () => new Line({ key: message.client_message_id ?? message.id, at: message.occurred_at, message }, speakerOf(message))));
  }
  for (const waiting of queued) {
    if (waiting.message_type === "reaction" || messages.some(({ client_message_id }) => client_message_id === waiting.id)) continue;
    add(lineOf(waiting, () => new Line({ key: waiting.id, at: waiting.created_at, queued: waiting }, ownSpeaker(waiting, userId))));
  }
  endAlbum();
  return rows;
}

/** Whether a message is in the row, by itself or in its album. */
export function hasMessage({ message, album }: Row, id: string): boolean {
  return message?.id === id || (album?.some((part) => part.message?.id === id) ?? false);
}

const lines = new WeakMap<Message | Queued, Line>();

function lineOf(source: Message | Queued, make: () => Line): Line {
  let line = lines.get(source);
  if (!line) lines.set(source, (line = make()));
  return line;
}

/** The facts of a message that its row depends on, computed once, and its last row. */
class Line {
  readonly #time: number;
  readonly #day: string;
  readonly #speaker: string;
  readonly #isBarePhoto: boolean;
  #row: Row;
  #album: Row | undefined;

  constructor(content: AlbumPart, speaker: string) {
    const at = new Date(content.at);
    this.#time = at.getTime();
    this.#day = at.toDateString();
    this.#speaker = speaker;
    this.#isBarePhoto = isBarePhoto(content);
    this.#row = { ...content, startsDay: true, startsTurn: true };
  }

  rowAfter(before: Line | undefined): Row {
    const startsDay = before === undefined || before.#day !== this.#day;
    const startsTurn = startsDay || this.#time - before.#time > PAUSE_MS || before.#speaker !== this.#speaker;
    if (startsDay !== this.#row.startsDay || startsTurn !== this.#row.startsTurn) this.#row = { ...this.#row, startsDay, startsTurn };
    return this.#row;
  }

  /** Whether both are photos of one album. */
  continuesAlbum(before: Line): boolean {
    const follows = this.#day === before.#day && this.#speaker === before.#speaker && this.#time - before.#time <= ALBUM_PAUSE_MS;
    return follows && this.#isBarePhoto && before.#isBarePhoto;
  }

  /** The row of the album that begins with this photo. */
  albumOf(photos: readonly Line[]): Row {
    const { startsDay, startsTurn, key, at } = this.#row;
    const known = this.#album;
    const isKnown = known?.startsDay === startsDay && known.startsTurn === startsTurn;
    if (isKnown && known.album!.length === photos.length && photos.every((photo, index) => photo.#part === known.album![index])) return known;
    return (this.#album = { key, at, startsDay, startsTurn, album: photos.map((photo) => photo.#part) });
  }

  get #part(): AlbumPart {
    return this.#row;
  }
}

/** A photo with nothing to it that would have to stand beside it. */
function isBarePhoto({ message, queued }: AlbumPart): boolean {
  const { message_type, content, reply_to_message_id } = (message ?? queued)!;
  if (message_type !== "image" || content.caption || reply_to_message_id || content.revoked_at) return false;
  if (queued) return queued.file !== undefined && queued.refusal === undefined;
  const { media, status, error_code, referral, forwarded, controlled_by } = message!;
  const isThere = media?.state === "stored" || media?.state === "pending";
  return isThere && status !== "failed" && !error_code && !referral && !forwarded && !controlled_by;
}

function speakerOf({ sender_type, sender_user_id, message_type }: Message): string {
  return `${sender_type} ${sender_user_id ?? ""} ${message_type === "note"}`;
}

/** The same that the message will have when the server has it. */
function ownSpeaker({ message_type }: Queued, userId: string): string {
  return `agent ${userId} ${message_type === "note"}`;
}
