import { ADMIN, AGENT, Api, Phone } from "./cluster.js";
import { expect, test } from "./fixtures.js";

test("payment trouble stops the number with words on the message and above the composer, until it is settled", async ({ open }) => {
  const phone = new Phone("Wanda");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await phone.refuses({ code: 131042, message: "(#131042) Business eligibility payment issue" });

  await agent.send("Seu pedido saiu");
  try {
    const bubble = agent.bubble("Seu pedido saiu");
    await expect(bubble).toContainText("Espera para ser enviada. Há um problema de pagamento na conta da Meta.");
    await expect(bubble).toHaveAttribute("data-status", "pending");
    await expect(agent.page.getByText("Este número não está enviando.")).toBeVisible();

    const admin = await open(ADMIN);
    await admin.page.goto("/numbers");
    await admin.page.getByRole("button", { name: "Retomar envios" }).click();
    await expect(bubble).toHaveAttribute("data-status", /sent|delivered|read/);
    await expect(bubble).not.toContainText("problema de pagamento");
    await expect(agent.page.getByText("Este número não está enviando.")).toHaveCount(0);
  } finally {
    const api = await Api.as(ADMIN);
    for (const { id } of await api.get<{ id: string }[]>("/whatsapp")) await api.put(`/whatsapp/${id}`);
  }
});

test("a closed window at WhatsApp offers a template and no repetition", async ({ open }) => {
  const phone = new Phone("Xana");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await phone.refuses({ code: 131047, message: "(#131047) Re-engagement message" });

  await agent.send("Ainda aí?");

  const bubble = agent.bubble("Ainda aí?");
  await expect(bubble).toContainText("A janela de 24 horas fechou.");
  await expect(bubble.getByRole("button", { name: "Tentar de novo" })).toHaveCount(0);
  await bubble.getByRole("button", { name: "Enviar modelo" }).click();
  await expect(agent.page.getByRole("dialog")).toBeVisible();
});
