import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import i18next from "i18next";
import type { Contact, Conversation } from "pytake-client";
import { renderToStaticMarkup } from "react-dom/server";
import { initReactI18next } from "react-i18next";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { meQuery } from "../../accounts/SessionContext";
import { resources } from "../../i18n/i18n";
import { ContactPanel } from "./ContactPanel";

vi.mock("../../api/client", () => ({ client: {} }));
vi.mock("@tanstack/react-router", () => ({ Link: () => null }));

beforeAll(() => {
  void i18next.use(initReactI18next).init({ resources: resources(), lng: "en", initAsync: false, interpolation: { escapeValue: false } });
});

function panel(contact: Partial<Contact>): string {
  const queries = new QueryClient();
  queries.setQueryData(meQuery.queryKey, { id: "me", permissions: [] });
  queries.setQueryData(["users"], []);
  const conversation = {
    id: "c",
    status: "open",
    tags: [],
    extra_data: {},
    created_at: "2026-05-28T20:26:40Z",
    contact: { id: "k", whatsapp_id: "5511966650001", phone_number: "+5511966650001", tags: [], attributes: {}, ...contact },
  } as unknown as Conversation;
  return renderToStaticMarkup(
    <QueryClientProvider client={queries}>
      <ContactPanel conversation={conversation} onClose={() => {}} />
    </QueryClientProvider>,
  );
}

describe("the panel", () => {
  it("shows what first brought the customer", () => {
    const html = panel({ first_referral: { source_type: "ad", source_url: "https://fb.me/abc", headline: "Promoção", at: "2026-05-28T20:26:40Z" } });
    expect(html).toMatch(/Came from.*From an ad.*href="https:\/\/fb\.me\/abc".*Promoção/);
    expect(panel({})).not.toContain("Came from");
  });

  it("shows that the customer stopped marketing", () => {
    expect(panel({ opted_out_at: "2026-05-28T20:26:40Z" })).toContain("Stopped marketing");
    expect(panel({})).not.toContain("Stopped marketing");
  });

  it("shows the username beside the number, and alone where there is none", () => {
    expect(panel({ username: "ana.loja" })).toMatch(/\+55 11 96665-0001.*@ana\.loja/);
    expect(panel({ username: "ana.loja", phone_number: null, whatsapp_id: "BR.1" }).match(/@ana\.loja/g)!.length).toBeGreaterThan(0);
  });
});
