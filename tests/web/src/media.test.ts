import type { Locator, Page } from "@playwright/test";
import { findings } from "./axe.js";
import { ADMIN, AGENT, cluster, Phone, type MadeFile } from "./cluster.js";
import { pdf, picture, stub, video } from "./files.js";
import { expect, test } from "./fixtures.js";
import type { Inbox } from "./inbox.js";

const kinds = async (phone: Phone) => (await phone.received()).map(({ body }) => body.type);
const dialog = (inbox: Inbox) => inbox.page.getByRole("dialog");
const photos = (inbox: Inbox) => inbox.messages.locator("[data-photo] img");
const isDrawn = (image: Locator) => image.evaluate((element: HTMLImageElement) => element.complete && element.naturalWidth > 0);

async function attach(inbox: Inbox, ...files: MadeFile[]): Promise<void> {
  await inbox.page.getByLabel("Anexar arquivos").and(inbox.page.locator("input")).setInputFiles(files);
  await expect(dialog(inbox)).toBeVisible();
}

async function sendAttached(inbox: Inbox): Promise<void> {
  await dialog(inbox).getByRole("button", { name: "Enviar", exact: true }).click();
  await expect(dialog(inbox)).toHaveCount(0);
}

/** Gives files to the page as the clipboard or a drag does. */
async function hand(target: Locator, how: "paste" | "drop", files: MadeFile[]): Promise<void> {
  await target.evaluate(
    (element, { how, files }) => {
      const data = new DataTransfer();
      for (const { name, mimeType, base64 } of files) {
        data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type: mimeType }));
      }
      const options = { bubbles: true, cancelable: true };
      if (how === "paste") element.dispatchEvent(new ClipboardEvent("paste", { ...options, clipboardData: data }));
      else for (const type of ["dragenter", "dragover", "drop"]) element.dispatchEvent(new DragEvent(type, { ...options, dataTransfer: data }));
    },
    { how, files: files.map(({ buffer, ...file }) => ({ ...file, base64: buffer.toString("base64") })) },
  );
}

test("what customers send is seen by two agents on different nodes", async ({ open, page }) => {
  const phone = new Phone("Alba");
  await phone.writes("Olá");
  const [ana, bea] = [await open(AGENT), await open(ADMIN)];
  await bea.moveFrom((await ana.sign.getAttribute("data-node"))!);
  for (const agent of [ana, bea]) await agent.openConversation(phone);

  await phone.sendsFile("image", await picture(page, "a.jpg", "image/jpeg", [800, 600]), { caption: "A etiqueta" });
  for (const colour of ["red", "green", "blue"]) await phone.sendsFile("image", await picture(page, `${colour}.png`, "image/png", [300, 500], colour));
  await phone.sendsFile("sticker", await picture(page, "s.webp", "image/webp", [512, 512], "gold"));
  await phone.sendsFile("video", await video(page, "v.mp4"));
  await phone.sendsFile("document", pdf("تقرير المبيعات.pdf"), { caption: "O relatório" });

  for (const agent of [ana, bea]) {
    await expect(agent.bubble("O relatório").getByRole("link", { name: /تقرير المبيعات\.pdf/ })).toHaveAttribute("href", /^\/api\/v1\/media\/.+\?download=1$/);
    await expect(agent.messages.getByLabel(/^Vídeo/)).toHaveJSProperty("videoWidth", 320);
    await expect(agent.messages.getByRole("img", { name: "Figurinha" })).toHaveJSProperty("naturalWidth", 512);
    const album = agent.messages.getByRole("group", { name: "Álbum com 3 fotos" });
    await expect(album.locator("img")).toHaveCount(3);
    for (const image of await album.locator("img").all()) await expect.poll(() => isDrawn(image)).toBe(true);
    await agent.messages.press("Home");
    await expect.poll(() => isDrawn(agent.bubble("A etiqueta").locator("[data-photo] img"))).toBe(true);
  }
});

test("a file that cannot be had says why, and is fetched again when the agent asks", async ({ open }) => {
  const phone = new Phone("Beto");
  await phone.sendsFile("image", stub("foto.jpg", "image/jpeg", "This is no photo"));
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  const failed = agent.messages.locator('[data-media="failed"]');
  await expect(failed).toContainText("O arquivo não é do tipo que o WhatsApp anunciou.");
  const asked = agent.page.waitForResponse(/\/media\/retry$/);
  await failed.getByRole("button", { name: "Buscar de novo" }).click();
  expect((await asked).status()).toBe(200);
  await expect(failed).toBeVisible();
});

test("photos have their places before they are loaded", async ({ open, page }) => {
  const phone = new Phone("Bela");
  await phone.sendsFile("image", await picture(page, "a.jpg", "image/jpeg", [800, 600]));
  await phone.writes("Recebeu?");
  const agent = await open(AGENT);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await agent.page.route(/\/api\/v1\/media\//, async (route) => {
    await held;
    await route.continue();
  });
  await agent.openConversation(phone);
  const place = agent.messages.locator("[data-photo]");
  await expect(place).toBeVisible();
  const before = (await place.boundingBox())!;
  expect(before.width / before.height).toBeCloseTo(4 / 3, 1);
  release();
  await expect.poll(() => isDrawn(place.locator("img"))).toBe(true);
  expect(await place.boundingBox()).toEqual(before);
});

test("an agent sends files and a text, in order, and the phone and another agent see them", async ({ open, browser, page }) => {
  const phone = new Phone("Cora");
  await phone.writes("Mandem a lista");
  const [ana, bea] = [await open(AGENT), await open(ADMIN)];
  await bea.moveFrom((await ana.sign.getAttribute("data-node"))!);
  for (const agent of [ana, bea]) await agent.openConversation(phone);

  await ana.text.fill("A frente");
  await attach(ana, await picture(page, "frente.jpg", "image/jpeg", [900, 600]), await picture(page, "lado.png", "image/png", [300, 300], "navy"), pdf("Lista de preços.pdf"));
  await expect(dialog(ana).getByLabel("Legenda de frente.jpg")).toHaveValue("A frente");
  await expect(dialog(ana).getByLabel("Legenda de frente.jpg")).toBeFocused();
  await sendAttached(ana);
  await ana.send("É isso");

  await expect.poll(() => kinds(phone)).toEqual(["image", "image", "document", "text"]);
  const [front, , list] = (await phone.received()).map(({ body }) => body);
  expect(front!.image).toMatchObject({ caption: "A frente" });
  expect(list!.document).toMatchObject({ filename: "Lista de preços.pdf" });
  await expect(ana.page.locator("[data-queued]")).toHaveCount(0);
  await expect(bea.messages.getByRole("link", { name: /Lista de preços\.pdf/ })).toBeVisible();
  for (const image of await photos(bea).all()) await expect.poll(() => isDrawn(image)).toBe(true);

  const customer = await (await browser.newContext()).newPage();
  await customer.goto("/phone/");
  await customer.getByRole("button", { name: phone.name }).click();
  await expect(customer.getByRole("link", { name: "Lista de preços.pdf" })).toBeVisible();
  await expect.poll(() => isDrawn(customer.getByRole("img", { name: "A frente" }))).toBe(true);
  await customer.context().close();
});

for (const how of ["paste", "drop"] as const) {
  test(`files are sent by ${how}`, async ({ open, page }) => {
    const phone = new Phone("Dina");
    await phone.writes("Olá");
    const agent = await open(AGENT);
    await agent.openConversation(phone);
    await hand(how === "paste" ? agent.text : agent.messages, how, [await picture(page, "colada.png", "image/png", [200, 100])]);
    await expect(dialog(agent).getByText("colada.png")).toBeVisible();
    await sendAttached(agent);
    await expect.poll(() => kinds(phone)).toEqual(["image"]);
  });
}

test("nothing is dropped into a private note", async ({ open }) => {
  const phone = new Phone("Dora");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await agent.page.getByRole("button", { name: "Nota privada" }).click();
  await hand(agent.messages, "drop", [pdf("segredo.pdf")]);
  await hand(agent.text, "paste", [pdf("segredo.pdf")]);
  await expect(agent.text).toBeVisible();
  await expect(dialog(agent)).toHaveCount(0);
});

test("what WhatsApp does not take is said before it is sent, with what can be done", async ({ open, page }) => {
  const phone = new Phone("Elsa");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  const webp = await picture(page, "foto.webp", "image/webp", [300, 200]);
  await attach(agent, webp, stub("filme.mov", "video/quicktime", "\0\0\0\x14ftypqt  "), stub("IMG_1.heic", "image/heic", "\0\0\0\x18ftypheic"));
  const item = (name: string) => dialog(agent).locator(`[data-attachment="${name}"]`);
  await expect(item("foto.webp")).toContainText("este arquivo é WebP");
  await expect(item("filme.mov")).toContainText("Converta o vídeo para MP4");
  const send = dialog(agent).getByRole("button", { name: "Enviar", exact: true });
  await expect(send).toBeDisabled();
  await item("filme.mov").getByRole("button", { name: "Tirar filme.mov" }).click();
  // This browser cannot read it after all.
  await item("IMG_1.heic").getByRole("button", { name: "Foto em JPEG" }).click();
  await expect(item("IMG_1.heic")).toContainText("salve-a como JPEG");
  await item("IMG_1.heic").getByRole("button", { name: "Tirar IMG_1.heic" }).click();
  await item("foto.webp").getByRole("button", { name: "Foto em JPEG" }).click();
  await expect(send).toBeEnabled();
  await sendAttached(agent);
  await expect.poll(() => kinds(phone)).toEqual(["image"]);
});

test("a photo of more than 5 MB is made smaller", async ({ open, page }) => {
  const phone = new Phone("Fabi");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  const large = await picture(page, "grande.png", "image/png", [2000, 1500], "noise");
  expect(large.buffer.length).toBeGreaterThan(5 * 1024 * 1024);
  await attach(agent, large);
  await expect(dialog(agent)).toContainText(/reduzida de .+ para .+/, { timeout: 30_000 });
  await sendAttached(agent);
  await expect.poll(() => kinds(phone)).toEqual(["image"]);
});

test("files survive a lost connection and a reload, in order with texts, and can be cancelled", async ({ open, page }) => {
  const phone = new Phone("Gil");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  let isAway = true;
  await agent.context.route(/\/api\/v1\/media$/, (route) => (isAway ? route.abort("connectionfailed") : route.continue()));
  await attach(agent, await picture(page, "um.jpg", "image/jpeg", [400, 300]), pdf("dois.pdf"), pdf("três.pdf"));
  await sendAttached(agent);
  await agent.send("Quatro");
  await expect(agent.page.locator("[data-queued]")).toHaveCount(4);
  await agent.page.getByRole("button", { name: "Cancelar o envio de dois.pdf" }).click();
  await expect(agent.page.locator("[data-queued]")).toHaveCount(3);

  await agent.page.reload();
  await agent.isLive();
  await expect(agent.page.locator("[data-queued]")).toHaveCount(3);
  await expect.poll(() => isDrawn(photos(agent))).toBe(true);
  expect(await kinds(phone)).toEqual([]);

  isAway = false;
  await agent.page.reload();
  await expect.poll(() => kinds(phone)).toEqual(["image", "document", "text"]);
  await expect(agent.page.locator("[data-queued]")).toHaveCount(0);
  await expect.poll(() => agent.page.evaluate(filesKept)).toBe(0);
});

/** How many files the browser keeps to send them later. */
function filesKept(): Promise<number> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("pytake.files", 1);
    opening.onerror = reject;
    opening.onsuccess = () => {
      const count = opening.result.transaction("files").objectStore("files").count();
      count.onsuccess = () => {
        opening.result.close();
        resolve(count.result);
      };
    };
  });
}

test("a voice message is recorded, heard and sent, and plays on while another conversation is read", async ({ open }) => {
  const [phone, other] = [new Phone("Hana"), new Phone("Igor")];
  for (const each of [phone, other]) await each.writes("Olá");
  const ana = await open(AGENT, { permissions: ["microphone"] });
  await ana.openConversation(phone);
  const { page } = ana;
  await page.getByRole("button", { name: "Gravar mensagem de voz" }).click();
  await expect(page.getByRole("timer")).toHaveText("0:05", { timeout: 15_000 });
  await page.getByRole("button", { name: "Parar" }).click();
  await page.getByRole("group", { name: "Sua gravação, ainda não enviada" }).getByRole("button", { name: "Ouvir" }).click();
  await expect(page.getByRole("button", { name: "Pausar" })).toBeVisible();
  await page.getByRole("button", { name: "Enviar", exact: true }).click();
  await expect.poll(() => kinds(phone)).toEqual(["audio"]);

  const voice = ana.messages.getByRole("article").last();
  await expect(voice).toHaveAttribute("data-status", /sent|delivered|read/);
  await voice.getByRole("button", { name: "Ouvir" }).click();
  await ana.item(other).click();
  const bar = page.getByRole("complementary", { name: "Áudio de outra conversa" });
  await expect(bar.getByRole("button", { name: "Pausar" })).toBeVisible();
  await bar.getByRole("button", { name: /^Velocidade: 1×/ }).click();
  await expect(bar.getByRole("button", { name: /^Velocidade: 1,5×/ })).toBeVisible();
  await bar.getByRole("button", { name: "Pausar" }).click();
  await bar.getByRole("link").click();
  await expect(page.getByRole("heading", { name: phone.name })).toBeVisible();
  await expect(bar).toHaveCount(0);
});

test("a customer's voice message is marked when it is heard, also after a reload", async ({ open, browser }) => {
  const { name, number } = new Phone("Joca");
  const context = await browser.newContext({ permissions: ["microphone"] });
  const phone = await context.newPage();
  await phone.goto("/phone/");
  await phone.getByRole("button", { name: "Novo cliente" }).click();
  await phone.getByLabel("Nome").fill(name);
  await phone.getByLabel("Número de telefone").fill(`+${number}`);
  await phone.getByRole("button", { name: "Pegar o telefone" }).click();
  await phone.getByRole("button", { name: "Gravar áudio" }).click();
  await expect(phone.getByRole("timer")).toHaveText("0:02");
  await phone.getByRole("button", { name: "Enviar áudio" }).click();
  await expect(phone.getByRole("article").getByRole("button", { name: "Ouvir" })).toBeVisible();

  const agent = await open(AGENT);
  await agent.page.getByRole("link", { name }).click();
  await expect(agent.messages.getByText("não ouvida")).toBeVisible();
  await agent.messages.getByRole("button", { name: "Ouvir" }).click();
  await expect(agent.messages.getByText("ouvida", { exact: true })).toBeVisible();
  await agent.page.reload();
  await expect(agent.messages.getByText("ouvida", { exact: true })).toBeVisible();
  await context.close();
});

test("a microphone that is refused is said in words", async ({ open }) => {
  const phone = new Phone("Kika");
  await phone.writes("Olá");
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  await agent.page.getByRole("button", { name: "Gravar mensagem de voz" }).click();
  await expect(agent.page.getByRole("alert")).toContainText("não tem permissão para usar o microfone");
  await agent.page.getByRole("button", { name: "Fechar", exact: true }).click();
  await expect(agent.text).toBeVisible();
});

test("the viewer is used by keyboard, and gives the focus back", async ({ open, page }) => {
  const phone = new Phone("Lia");
  for (const [colour, caption] of [["red", "Um"], ["green", "Dois"], ["blue", "Três"]] as const) {
    await phone.sendsFile("image", await picture(page, `${colour}.png`, "image/png", [300, 200], colour), { caption });
  }
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  const opener = agent.messages.getByRole("button", { name: "Abrir a foto: Dois" });
  await opener.focus();
  await opener.press("Enter");
  const viewer = dialog(agent);
  const { keyboard } = agent.page;
  await expect(viewer.getByRole("img", { name: "Dois" })).toBeVisible();
  await keyboard.press("ArrowRight");
  await expect(viewer.getByRole("img", { name: "Três" })).toBeVisible();
  await keyboard.press("Home");
  await expect(viewer.getByRole("img", { name: "Um" })).toBeVisible();
  await expect(viewer.getByText("1 de 3")).toBeVisible();
  await keyboard.press("+");
  await expect(viewer.getByText("150%")).toBeVisible();
  await keyboard.press("0");
  await expect(viewer.getByText("100%")).toBeVisible();
  await expect(viewer.getByRole("link", { name: "Baixar" })).toHaveAttribute("href", /\?download=1$/);
  await keyboard.press("Escape");
  await expect(viewer).toHaveCount(0);
  await expect(opener).toBeFocused();
});

test("another organization and a browser that has logged out get nothing", async ({ open, page }) => {
  const phone = new Phone("Mara");
  await phone.sendsFile("image", await picture(page, "a.jpg", "image/jpeg", [400, 300]));
  const agent = await open(AGENT);
  await agent.openConversation(phone);
  const image = photos(agent);
  await expect.poll(() => isDrawn(image)).toBe(true);
  const url = new URL((await image.getAttribute("src"))!, cluster().base_url);
  url.search = "";
  const asked = (as: Page) => as.evaluate((address) => fetch(address, { cache: "no-store" }).then(({ status }) => status), url.pathname);
  expect(await asked(agent.page)).toBe(200);

  const email = `media-${Date.now()}@example.com`;
  const registered = await fetch(`${cluster().base_url}/api/v1/auth/register`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ email, password: "Figo-azul-7-mesa", full_name: "Outra", organization_name: "Outra" }),
  });
  expect(registered.status).toBe(201);
  const stranger = await open({ email, password: "Figo-azul-7-mesa", name: "Outra" });
  expect(await asked(stranger.page)).toBe(404);

  await agent.page.getByRole("button", { name: "Conta de Demo Agent" }).click();
  await agent.page.getByRole("menuitem", { name: "Sair" }).click();
  await expect(agent.page).toHaveURL(/\/login/);
  await expect.poll(() => asked(agent.page)).toBe(401);
  expect((await fetch(url)).status).toBe(401);
});

for (const [colorScheme, width] of [["light", 360], ["dark", 1280]] as const) {
  test(`files are accessible in ${colorScheme} at ${width} px`, async ({ open, page }) => {
    const phone = new Phone("Nilo");
    await phone.sendsFile("image", await picture(page, "a.jpg", "image/jpeg", [1600, 900]), { caption: "Larga" });
    for (const colour of ["red", "green", "blue"]) await phone.sendsFile("image", await picture(page, "b.png", "image/png", [300, 500], colour));
    await phone.sendsFile("document", pdf("Um nome de arquivo muito comprido que não cabe em linha nenhuma.pdf"));
    const agent = await open(AGENT, { colorScheme, viewport: { width, height: 740 }, permissions: ["microphone"] });
    const overflow = () => agent.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await agent.openConversation(phone);
    await expect(agent.messages.getByRole("group", { name: "Álbum com 3 fotos" })).toBeVisible();
    expect([await findings(agent.page), await overflow()]).toEqual([[], 0]);

    await agent.messages.locator("[data-photo]").last().click();
    await expect(dialog(agent).getByRole("img")).toBeVisible();
    expect([await findings(agent.page), await overflow()]).toEqual([[], 0]);
    await agent.page.keyboard.press("Escape");

    await attach(agent, await picture(page, "c.jpg", "image/jpeg", [200, 200]), stub("filme.mov", "video/quicktime", "\0\0\0\x14ftypqt  "));
    await expect(dialog(agent)).toContainText("Converta o vídeo");
    expect([await findings(agent.page), await overflow()]).toEqual([[], 0]);
    await agent.page.keyboard.press("Escape");

    await agent.page.getByRole("button", { name: "Gravar mensagem de voz" }).click();
    await expect(agent.page.getByRole("button", { name: "Parar" })).toBeVisible();
    expect([await findings(agent.page), await overflow()]).toEqual([[], 0]);
    await agent.page.getByRole("button", { name: "Parar" }).click();
    await expect(agent.page.getByRole("group", { name: "Sua gravação, ainda não enviada" })).toBeVisible();
    expect([await findings(agent.page), await overflow()]).toEqual([[], 0]);
    await agent.page.getByRole("button", { name: "Descartar a gravação" }).click();
    await expect(agent.text).toBeVisible();
  });
}
