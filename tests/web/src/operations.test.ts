import { ADMIN, cluster, Phone } from "./cluster.js";
import { expect, test } from "./fixtures.js";

test("an administrator sees the nodes and the items that could not be processed, live, and discards one", async ({ open }) => {
  const admin = await open(ADMIN);
  await admin.page.goto("/operations");
  for (const { name } of cluster().nodes) await expect(admin.page.getByRole("cell", { name })).toBeVisible();

  // No organization has this number, so the message is parked.
  const phone = new Phone("Otto");
  const number = `99${phone.number}`;
  await fetch(`${cluster().simulator.url}/_control/inbound`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ from: phone.number, phone_number_id: number, message: { type: "text", text: { body: "Olá" } } }),
  });
  const row = admin.page.getByRole("row", { name: new RegExp(number) });
  await expect(row).toBeVisible();
  await row.getByRole("button", { name: /Abrir o item/ }).click();
  const dialog = admin.page.getByRole("dialog");
  await expect(dialog.getByLabel("O webhook como chegou")).toContainText(`"phone_number_id": "${number}"`);
  await dialog.getByRole("button", { name: "Descartar" }).click();
  await dialog.getByRole("button", { name: "Descartar de vez" }).click();
  await expect(row).toBeHidden();
});

test("one click leads from the operations page to Hangfire's dashboard, through nginx, and one back", async ({ open }) => {
  const admin = await open(ADMIN);
  await admin.page.goto("/operations");
  await admin.page.getByRole("button", { name: "Tarefas no Hangfire" }).click();
  await expect(admin.page.getByText("Items a minute")).toBeVisible();
  await admin.page.getByRole("link", { name: "Partitions" }).click();
  await expect(admin.page.getByRole("cell", { name: cluster().nodes[0]!.name }).first()).toBeVisible();
  await admin.page.getByRole("link", { name: "Back to site" }).click();
  await expect(admin.page.getByRole("button", { name: "Tarefas no Hangfire" })).toBeVisible();
});
