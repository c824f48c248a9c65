import { describe, expect, it } from "vitest";
import type { Template } from "../api/types";
import { filled, gapsOf, preview, rendered } from "./template";

function template(components: Template["components"]): Template {
  return { id: "1", name: "order_update", language: "pt_BR", category: "UTILITY", components };
}

describe("a template", () => {
  it("with numbered parameters", () => {
    const order = template([{ type: "BODY", text: "Oi, {{1}}! Seu pedido {{2}} chegou, {{1}}." }]);
    const values = new Map([
      ["body 1", "Ana"],
      ["body 2", " 1042 "],
    ]);
    expect(gapsOf(order).map(({ key }) => key)).toEqual(["body 1", "body 2"]);
    expect(preview(rendered(order, values))).toBe("Oi, Ana! Seu pedido 1042 chegou, Ana.");
    expect(filled(order, values)).toEqual([
      {
        type: "body",
        parameters: [
          { type: "text", text: "Ana" },
          { type: "text", text: "1042" },
        ],
      },
    ]);
  });

  it("with named parameters", () => {
    const back = template([{ type: "BODY", text: "Oi, {{first_name}}!" }]);
    expect(filled(back, new Map([["body first_name", "Ana"]]))).toEqual([
      { type: "body", parameters: [{ type: "text", parameter_name: "first_name", text: "Ana" }] },
    ]);
  });

  it("with a picture and a button whose address has a parameter", () => {
    const sale = template([
      { type: "HEADER", format: "IMAGE" },
      { type: "BUTTONS", buttons: [{ type: "QUICK_REPLY", text: "Ok" }, { type: "URL", text: "Ver", url: "https://x.example/{{1}}" }] },
    ]);
    const values = new Map([
      ["header media", "https://x.example/a.jpg"],
      ["button 1", "42"],
    ]);
    expect(filled(sale, values)).toEqual([
      { type: "header", parameters: [{ type: "image", image: { link: "https://x.example/a.jpg" } }] },
      { type: "button", sub_type: "url", index: "1", parameters: [{ type: "text", text: "42" }] },
    ]);
  });

  it("without parameters has no components", () => {
    expect(filled(template([{ type: "BODY", text: "Olá" }]), new Map())).toEqual([]);
  });

  it("shows a parameter that is not filled in", () => {
    expect(preview(rendered(template([{ type: "BODY", text: "Oi, {{1}}!" }]), new Map()))).toBe("Oi, {{1}}!");
  });

  it("is kept in the words that the customer reads", () => {
    const sent = template([
      { type: "HEADER", format: "TEXT", text: "Pedido {{1}}" },
      { type: "BODY", text: "Oi, {{1}}!" },
      { type: "FOOTER", text: "Não responda" },
      { type: "BUTTONS", buttons: [{ type: "QUICK_REPLY", text: "Ok" }] },
    ]);
    const values = new Map([["header 1", "42"], ["body 1", "Ana"]]);
    expect(rendered(sent, values)).toEqual({ header: "Pedido 42", body: "Oi, Ana!", footer: "Não responda", buttons: ["Ok"] });
  });
});
