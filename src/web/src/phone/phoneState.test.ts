import { describe, expect, it } from "vitest";
import { readableNumber } from "../i18n/phoneNumbers";
import { waIdOf } from "./customers";
import type { Customer, Hello, MetaMessage, PhoneEvent } from "./events";
import { choicesOf, inbound, quotedBy, textOf } from "./messages";
import { chatsInOrder, EMPTY_PHONE, isTyping, reducePhone, TYPING_MS, type PhoneState } from "./phoneState";
import { modeOf } from "./ticks";

const ANA: Customer = { wa_id: "5511987654321", user_id: null, name: "Ana" };
const HELLO: Hello = { after: 0, phone_number_id: "1", display_phone_number: "5511900", settings: { auto_statuses: true, status_delay_ms: 250 }, rules: [] };

let n = 0;
type Payload = PhoneEvent extends infer E ? (E extends PhoneEvent ? Omit<E, "n" | "at"> : never) : never;
const at = (second: number) => new Date(1_790_000_000_000 + second * 1000).toISOString();

function after(...events: Payload[]): PhoneState {
  return events.reduce<PhoneState>(
    (state, event, second) => reducePhone(state, { kind: "happened", event: { ...event, n: ++n, at: at(second) } as PhoneEvent }),
    reducePhone(EMPTY_PHONE, { kind: "hello", hello: HELLO }),
  );
}

const wrote = (wamid: string, message: MetaMessage = inbound.text(wamid)): Payload => ({ kind: "message", customer: ANA, wamid, message, phone_number_id: "1" });
const answered = (wamid: string, message: MetaMessage = inbound.text(wamid)): Payload => ({ kind: "answer", customer: { ...ANA, name: null }, wamid, message, phone_number_id: "1" });
const ana = (state: PhoneState) => state.chats.get("5511987654321")!;
const statuses = (state: PhoneState) => ana(state).entries.map((entry) => `${entry.wamid} ${entry.status}`);

describe("a customer's chat", () => {
  it("shows their messages being sent, arrived and read", () => {
    expect(statuses(after(wrote("a")))).toEqual(["a sending"]);
    expect(statuses(after(wrote("a"), { kind: "posted", wamid: "a", status: null }))).toEqual(["a sending"]);
    expect(statuses(after(wrote("a"), { kind: "posted", wamid: "a", status: "200" }))).toEqual(["a sent"]);
    const read = after(wrote("a"), wrote("b"), wrote("c"), { kind: "read", wamid: "b", typing: false }, { kind: "posted", wamid: "a", status: "200" });
    expect(statuses(read)).toEqual(["a read", "b read", "c sending"]);
  });

  it("shows that the company is typing until it writes, or for as long as WhatsApp does", () => {
    const writing = after(wrote("a"), { kind: "read", wamid: "a", typing: true });
    const began = Date.parse(at(1));
    expect(isTyping(ana(writing), began + TYPING_MS - 1)).toBe(true);
    expect(isTyping(ana(writing), began + TYPING_MS)).toBe(false);
    expect(isTyping(ana(after(wrote("a"), { kind: "read", wamid: "a", typing: true }, answered("b"))), began)).toBe(false);
    expect(isTyping(ana(after(wrote("a"), { kind: "read", wamid: "a", typing: true }, wrote("c"))), began)).toBe(true);
  });

  it("takes each message once, keeps the name, and follows the company's statuses", () => {
    const state = after(wrote("a"), wrote("a"), answered("b"), { kind: "status", wamid: "b", status: "delivered" });
    expect(statuses(state)).toEqual(["a sending", "b delivered"]);
    expect(ana(state).customer.name).toBe("Ana");
  });

  it("shows reactions at messages, replaces them and removes them", () => {
    const heart = after(wrote("a"), answered("b"), wrote("r1", inbound.reaction("b", "👍")), wrote("r2", inbound.reaction("b", "❤️")), answered("r3", inbound.reaction("a", "🙏")));
    expect(ana(heart).reactions.get("b")).toEqual({ mine: "❤️" });
    expect(ana(heart).reactions.get("a")).toEqual({ theirs: "🙏" });
    expect(ana(heart).entries.length).toBe(2);
    expect(ana(after(answered("b"), wrote("r1", inbound.reaction("b", "👍")), wrote("r2", inbound.reaction("b", "")))).reactions.get("b")?.mine).toBeUndefined();
  });

  it("counts unread messages, and has the newest chat first", () => {
    const state = after(wrote("a"), answered("b"), answered("c"));
    expect(ana(state).unread).toBe(2);
    const opened = reducePhone(reducePhone(state, { kind: "make", customer: { wa_id: "551100000000", user_id: null, name: "Rui" } }), { kind: "open", id: "5511987654321" });
    expect(ana(opened).unread).toBe(0);
    expect(chatsInOrder(opened).map((chat) => chat.customer.name)).toEqual(["Ana", "Rui"]);
  });

  it("is emptied where the simulator was restarted, and kept where it was not", () => {
    const state = after(wrote("a"));
    expect(ana(reducePhone(state, { kind: "hello", hello: HELLO })).entries).toEqual([]);
    expect(ana(reducePhone(state, { kind: "hello", hello: { ...HELLO, after: 1 } })).entries.length).toBe(1);
  });
});

describe("messages", () => {
  it("have choices that can be tapped, and a text for the choice", () => {
    const buttons: MetaMessage = { type: "interactive", interactive: { type: "button", body: { text: "Which?" }, action: { buttons: [{ type: "reply", reply: { id: "y", title: "Yes" } }] } } };
    const list: MetaMessage = { type: "interactive", interactive: { type: "list", body: { text: "Pick" }, action: { button: "Open", sections: [{ rows: [{ id: "1", title: "One", description: "first" }] }] } } };
    const template: MetaMessage = { type: "template", template: { name: "order_update", language: { code: "pt_BR" }, components: [{ type: "body", parameters: [{ type: "text", text: "Ana" }] }, { type: "button", sub_type: "quick_reply", index: "0", parameters: [{ type: "payload", payload: "Stop" }] }] } };
    const [yes] = choicesOf(buttons).map((choice) => choice.answer("w"));
    expect([textOf(buttons), textOf(yes!), quotedBy(yes!)]).toEqual(["Which?", "Yes", "w"]);
    expect(choicesOf(list)[0]).toMatchObject({ title: "One", description: "first" });
    expect(textOf(choicesOf(list)[0]!.answer("w"))).toBe("One");
    expect([textOf(template), choicesOf(template)[0]!.title]).toEqual(["order update · Ana", "Stop"]);
    expect(choicesOf(inbound.text("Hi"))).toEqual([]);
  });
});

describe("ticks", () => {
  it("follow from settings and rules", () => {
    expect(modeOf({ auto_statuses: true, status_delay_ms: 250 }, [])).toBe("normal");
    expect(modeOf({ auto_statuses: true, status_delay_ms: 4000 }, [{ status: 200 }])).toBe("slow");
    expect(modeOf({ auto_statuses: false, status_delay_ms: 4000 }, [])).toBe("silent");
    expect(modeOf({ auto_statuses: true, status_delay_ms: 250 }, [{ status: 400 }])).toBe("failing");
  });
});

describe("numbers", () => {
  it("are read as people type them, and formatted", () => {
    expect(waIdOf("+55 (11) 98765-4321")).toBe("5511987654321");
    expect(waIdOf("12 34")).toBeUndefined();
    expect([readableNumber("5511987654321"), readableNumber("4915112345678")]).toEqual(["+55 11 98765-4321", "+4915112345678"]);
  });
});
