import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "@playwright/test";
import { ADMIN, Api, clusterFile, type Phone } from "./cluster.js";

/** Runs SQL on the cluster's database, for states that customers reach only after days or thousands of messages. */
function run(sql: string): void {
  const { postgres } = JSON.parse(readFileSync(clusterFile, "utf8")) as { postgres: { connection_string: string } };
  const parts = new Map(postgres.connection_string.split(";").map((part) => part.split("=") as [string, string]));
  const address = ["-h", parts.get("Host")!, "-p", parts.get("Port")!, "-U", parts.get("Username")!, "-d", parts.get("Database")!];
  execFileSync("psql", [...address, "-q", "-v", "ON_ERROR_STOP=1", "-c", sql], {
    env: { ...process.env, PGPASSWORD: parts.get("Password") },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/**
 * Adds older messages to a customer's conversation, one every ten minutes, the last of them a day ago. Each takes a
 * number of the conversation, as on the server. The organization's number moves with the next message that is written.
 */
export async function addHistory(phone: Phone, count: number): Promise<void> {
  const api = await Api.as(ADMIN);
  await expect(() => api.conversationOf(phone)).toPass();
  run(`
    with conversation as (
        update conversations c
        set last_seq = last_seq + ${count},
            inbound_count = inbound_count + ${count} / 2,
            total_messages = total_messages + ${count}
        from contacts
        where contacts.id = c.contact_id
          and contacts.whatsapp_id = '${phone.number}'
        returning c.*
    ), numbered as (
        select n, n % 2 = 1 as is_theirs, now() - interval '1 day' - (${count} - n) * interval '10 minutes' as at
        from generate_series(1, ${count}) n
    )
    insert into messages (
        id, organization_id, conversation_id, whatsapp_number_id, seq, created_seq, inbound_number, direction, sender_type,
        message_type, content, status, whatsapp_message_id, occurred_at, created_at)
    select gen_random_uuid(), organization_id, c.id, whatsapp_number_id, last_seq - ${count} + n, last_seq - ${count} + n,
        case when is_theirs then inbound_count - ${count} / 2 + (n + 1) / 2 end,
        case when is_theirs then 'inbound' else 'outbound' end,
        case when is_theirs then 'contact' else 'agent' end,
        'text',
        jsonb_build_object('text', 'Antiga ' || n || '.' || repeat(' Mais algumas palavras para uma linha.', n % 7)),
        case when is_theirs then 'received' else 'read' end,
        'wamid.history.' || c.id || '.' || n, at, at
    from conversation c, numbered`);
}
