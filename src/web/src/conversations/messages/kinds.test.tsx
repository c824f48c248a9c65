import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import i18next from "i18next";
import type { Conversation, Message } from "pytake-client";
import type { ReactNode } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { initReactI18next } from "react-i18next";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { meQuery } from "../../accounts/SessionContext";
import { resources } from "../../i18n/i18n";
import { ConversationHeader } from "../ConversationHeader";
import { CallLine } from "./CallLine";
import { MessageBubble } from "./MessageBubble";

// What acts, or needs a page around it.
vi.mock("../../api/client", () => ({ client: {} }));
vi.mock("../../realtime/LiveProvider", () => ({ useLive: () => ({ conversations: {} }) }));
vi.mock("./reactions/Reactions", () => ({ Reactions: () => null }));
vi.mock("../actions/AssignMenu", () => ({ AssignMenu: () => null }));
vi.mock("../actions/ConversationActions", () => ({ ConversationActions: () => null }));
vi.mock("../Present", () => ({ Present: () => null }));
vi.mock("@tanstack/react-router", () => ({ Link: () => null }));

const conversation = {
  id: "c",
  status: "open",
  contact: { id: "k", whatsapp_id: "5511966650001", phone_number: "+5511966650001", tags: [], attributes: {}, created_at: "", updated_at: "" },
} as unknown as Conversation;

beforeAll(() => {
  void i18next.use(initReactI18next).init({ resources: resources(), lng: "en", initAsync: false, interpolation: { escapeValue: false } });
});

function words(element: ReactNode): string {
  const queries = new QueryClient();
  queries.setQueryData(meQuery.queryKey, { id: "me", permissions: ["messages:send"] });
  queries.setQueryData(["users"], []);
  const html = renderToStaticMarkup(<QueryClientProvider client={queries}>{element}</QueryClientProvider>);
  return html.replace(/<(p|li|dt|dd|div|summary|span|time|button)[ >]/g, " $&");
}

function bubble(message: Partial<Message>): string {
  const whole: Message = {
    id: "m",
    conversation_id: "c",
    direction: "inbound",
    sender_type: "contact",
    message_type: "text",
    content: { text: "oi" },
    status: "received",
    created_at: "2026-05-28T20:26:40Z",
    occurred_at: "2026-05-28T20:26:40Z",
    seq: 1,
    ...message,
  };
  return words(<MessageBubble message={whole} conversation={conversation} startsTurn />);
}

const text = (html: string) =>
  html
    .replace(/<[^>]*>/g, "")
    .replace(/\s+/g, " ")
    .replaceAll("&quot;", '"');

describe("a bubble", () => {
  it("of an erased message says so, and offers nothing", () => {
    const html = bubble({
      direction: "outbound",
      sender_type: "agent",
      status: "failed",
      message_type: "erased",
      content: { erased_at: "2026-06-01T00:00:00Z" },
    });
    expect(text(html)).toContain("Erased");
    expect(text(html)).not.toMatch(/Unsupported|again/i);
  });

  it("says that a payment failed and offers no retry, because the message was sent", () => {
    const html = bubble({
      direction: "outbound",
      sender_type: "agent",
      status: "sent",
      message_type: "interactive",
      content: {
        type: "order_details",
        body: { text: "Seu pedido" },
        action: {
          name: "review_and_pay",
          parameters: { currency: "BRL", total_amount: { value: 5000, offset: 100 }, order: { items: [{ name: "Café", quantity: 2, amount: { value: 2500, offset: 100 } }] } },
        },
      },
      payment: { status: "failed", at: "2026-05-28T20:30:00Z", amount: 50, currency: "BRL", reference_id: "r", reason: "expired" },
    });
    expect(text(html)).toContain("Payment failed · R$50.00 · expired");
    expect(text(html)).toContain("2 × Café");
    expect(html).toContain('data-payment="failed"');
    expect(html).not.toContain("Try again");
  });

  it("shows a payment's word that is not known", () => {
    expect(text(bubble({ direction: "outbound", status: "sent", payment: { status: "refunded", at: "2026-05-28T20:30:00Z" } }))).toContain("Payment: refunded");
  });

  it("shows the advertisement, and links to it only over http", () => {
    const referral = { source_type: "ad", source_url: "https://fb.me/abc", headline: "Promoção", body: "50% off" };
    const html = bubble({ referral, forwarded: true, referred_product: { catalog_id: "1", product_retailer_id: "sku-9" } });
    expect(text(html)).toMatch(/Forwarded.*From an ad.*Promoção.*50% off.*About the product sku-9.*oi/);
    expect(html).toContain('href="https://fb.me/abc"');
    const harmful = bubble({ referral: { ...referral, source_url: "javascript:alert(1)" }, forwarded: "many" });
    expect(harmful).not.toContain("javascript:");
    expect(text(harmful)).toMatch(/Forwarded many times.*Promoção/);
  });

  it("says what could not be delivered, and why", () => {
    const html = text(bubble({ message_type: "video", content: {}, error_code: "131052", error_message: "Failed to download the media from the sender." }));
    expect(html).toContain("Video: it could not be loaded. WhatsApp could not fetch the file from the customer.");
    expect(html).toContain("Failed to download the media from the sender. (131052)");
    expect(text(bubble({ error_code: "999" }))).toContain("WhatsApp could not deliver all of this message. (999)");
  });

  it("shows what WhatsApp charges", () => {
    const priced = (billable: boolean | null) => text(bubble({ direction: "outbound", status: "sent", pricing: { category: "marketing", billable } }));
    expect([priced(true), priced(false), priced(null)].map((all) => /Marketing(, \w+)?/.exec(all)![0])).toEqual(["Marketing, charged", "Marketing, free", "Marketing"]);
  });

  it("draws formatted words, and nothing of HTML", () => {
    const html = bubble({ content: { text: "*oi* <img src=x onerror=alert(1)> _ana_ ~não~ ```x```" } });
    expect(html).toContain("<strong>oi</strong> &lt;img src=x onerror=alert(1)&gt; <em>ana</em> <s>não</s> <code");
    expect(bubble({ message_type: "image", content: { caption: "*legenda*" } })).toContain("<strong>legenda</strong>");
  });

  it("draws a cart with its sum", () => {
    const product_items = [
      { product_retailer_id: "sku-9", quantity: 2, item_price: 19.9, currency: "BRL" },
      { product_retailer_id: "sku-1", quantity: "1", item_price: "0.20" },
    ];
    const html = text(bubble({ message_type: "order", content: { catalog_id: "1", text: "à tarde", product_items } }));
    expect(html).toMatch(/Cart.*2 × sku-9.*R\$19\.90.*1 × sku-1.*Total.*R\$40\.00.*à tarde/);
  });

  it("draws answered forms and addresses by their fields", () => {
    const answer = (nfm_reply: unknown) => text(bubble({ message_type: "interactive", content: { type: "nfm_reply", nfm_reply } }));
    expect(answer({ name: "galaxy_message", response_json: '{"flow_token":"t","nota":"5","itens":["a","b"]}' })).toMatch(/Answered form.*nota.*5.*itens.*a, b/);
    const address = answer({ name: "address_message", body: "CUSTOMER address", response_json: '{"saved_address_id":"1","values":{"in_pin_code":"400063","name":"Ana"}}' });
    expect(address).toMatch(/Address.*PIN code.*400063.*Name.*Ana/);
    expect(address).not.toMatch(/saved_address_id|flow_token/);
    expect(answer({ name: "flow", body: "Sent", response_json: "{broken" })).toContain("{broken");
    expect(answer({ name: "flow", body: "Sent" })).toContain("Sent");
  });

  it("says whether we may call", () => {
    const permission = (call_permission_reply: unknown) => text(bubble({ message_type: "interactive", content: { type: "call_permission_reply", call_permission_reply } }));
    expect(permission({ response: "accept", is_permanent: false, expiration_timestamp: "1796089930" })).toMatch(/You may call the customer until \w+/);
    expect(permission({ response: "accept", is_permanent: true })).toContain("You may call the customer.");
    expect(permission({ response: "reject" })).toContain("The customer does not want to be called.");
  });

  it("names what it cannot show, in words, with what WhatsApp sent", () => {
    const poll = bubble({ message_type: "unsupported", content: { type: "poll_creation", code: 131051, title: "Message type unknown" }, error_code: "131051" });
    expect(text(poll)).toContain("A message of a kind that we do not show: a poll.");
    expect(poll).toMatch(/<details.*What WhatsApp sent.*poll_creation/s);
    expect(text(bubble({ message_type: "hologram", content: { depth: 3 } }))).toMatch(/kind that we do not show: hologram\..*"depth": 3/);
    expect(text(bubble({ message_type: "unsupported", content: {} }))).toContain("WhatsApp did not show what this message holds.");
    expect(text(bubble({ message_type: "media_placeholder", content: {} }))).toContain("A file from before this number came here.");
    expect(text(bubble({ message_type: "request_welcome", content: {} }))).toContain("The customer opened the chat");
  });

  it("says plainly what became of a file, with a retry where one helps", () => {
    const photo = (media: Message["media"]) => bubble({ message_type: "image", content: {}, media });
    expect(text(photo({ state: "pending", mime_type: "image/jpeg" }))).toContain("Photo: fetching it from WhatsApp…");
    const failed = text(photo({ state: "failed", mime_type: null, error: "The host is away", error_code: "unreachable" }));
    expect(failed).toMatch(/WhatsApp could not be reached\..*Fetch it again/);
    expect(text(photo({ state: "failed", mime_type: null, error: "?", error_code: "new_code" }))).toContain("The file could not be fetched.");
    const expired = text(photo({ state: "expired", mime_type: null, error: "gone", error_code: "expired" }));
    expect(expired).toContain("Ask the customer to send it again.");
    expect(expired).not.toContain("Fetch it again");
  });

  it("shows a document by its name, kind and size, to be downloaded and not opened", () => {
    const media = { state: "stored", url: "/api/v1/media/7", mime_type: "application/pdf", filename: "Relatório\u202efdp.exe", size: 1_300_000 } as const;
    const html = bubble({ message_type: "document", content: { caption: "Aqui" }, media });
    expect(text(html)).toMatch(/Relatóriofdp\.exe.*EXE · 1\.2 MB.*Aqui/);
    expect(html).toContain('href="/api/v1/media/7?download=1"');
  });

  it("breaks on nothing that a customer's app may send", () => {
    const odd = [null, 7, "x", [null], {}, { a: null }];
    for (const value of odd) {
      for (const type of ["order", "contacts", "location", "button", "template", "unsupported"]) {
        bubble({ message_type: type, content: { product_items: value, contacts: value, text: value, name: value, latitude: value, type: value, components: value } });
      }
      for (const type of ["nfm_reply", "call_permission_reply", "list_reply"]) bubble({ message_type: "interactive", content: { type, [type]: value, title: value } });
    }
  });
});

describe("a call", () => {
  it.each([
    [{ direction: "inbound", outcome: "missed" }, "Missed call 0"],
    [{ direction: "inbound", outcome: "ended", duration_seconds: 3723 }, "Call from the customer · 1:02:03"],
    [{ direction: "inbound" }, "The customer is calling"],
    [{ direction: "outbound", outcome: "rejected" }, "We called and the customer declined"],
    [{ direction: "outbound", outcome: "ended", duration_seconds: 65 }, "We called the customer · 1:05"],
  ])("is a line: %j", (content, expected) => {
    const html = text(words(<CallLine message={{ id: "m", content, occurred_at: "2026-05-28T20:26:40Z" } as unknown as Message} />));
    expect(html).toContain(expected.replace(" 0", ""));
  });
});

describe("the header", () => {
  const header = (contact: object) =>
    text(words(<ConversationHeader conversation={{ ...conversation, contact: { ...conversation.contact, ...contact } }} showsContact={false} onToggleContact={() => {}} />));

  it("shows a username where there is no number, and that the customer stopped marketing", () => {
    expect(header({ phone_number: null, whatsapp_id: "BR.7H5U8HB8E1", username: "ana.loja" })).toContain("@ana.loja");
    expect(header({ username: "ana.loja" })).not.toContain("@ana.loja");
    expect(header({ opted_out_at: "2026-05-28T20:26:40Z" })).toContain("No marketing");
    expect(header({})).not.toContain("No marketing");
  });
});
