import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { dirname, join } from "node:path";
import { command } from "./docker.js";

const DIRECTORY = join(dirname(process.env.PYTAKE_CLUSTER!), "certificates");

/** A certificate of our own for localhost, where nginx's user may read it; gives its directory. */
export async function certificate(): Promise<string> {
  mkdirSync(DIRECTORY, { recursive: true });
  const [key, chain] = ["privkey.pem", "fullchain.pem"].map((name) => join(DIRECTORY, name)) as [string, string];
  await command("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", chain],
  ]);
  chmodSync(key, 0o644);
  return DIRECTORY;
}

/** An answer by TLS from localhost, whose certificate is checked. */
export async function askByTls(port: string, path: string): Promise<IncomingMessage> {
  const ca = readFileSync(join(DIRECTORY, "fullchain.pem"));
  const [answer] = await once(request({ host: "localhost", family: 4, port, path, ca }).end(), "response");
  return (answer as IncomingMessage).resume();
}
