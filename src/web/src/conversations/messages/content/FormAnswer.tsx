import { useTranslation } from "react-i18next";
import styles from "./Content.module.css";
import { objectOf, textOf } from "./untrusted";

/** Fields of an answer that are for programs: nobody typed them. */
const INTERNAL = new Set(["flow_token", "saved_address_id"]);

/** What a customer filled in: the fields of a form (flow), or an address. */
export function FormAnswer({ content }: { content: Record<string, unknown> }) {
  const { t } = useTranslation("content");
  const reply = objectOf(content.nfm_reply);
  const isAddress = reply.name === "address_message";
  const json = textOf(reply.response_json);
  const facts = factsOf(json);
  return (
    <>
      <p className={styles.heading}>{t(isAddress ? "address" : "form")}</p>
      {facts === undefined || facts.length === 0 ? (
        <p className={styles.text}>{facts ? textOf(reply.body) : json}</p>
      ) : (
        <dl className={styles.rows}>
          {facts.map(([key, value]) => (
            <div key={key} className={styles.fact}>
              <dt>{isAddress ? t(`addressFields.${key}`, { defaultValue: key }) : key}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

/** The answers in the order in which they were given; an address has its own in `values`. Nothing where it is no JSON object. */
export function factsOf(json: string | undefined): [string, string][] | undefined {
  const answer = parsed(json ?? "{}");
  if (answer === undefined) return undefined;
  const { values, ...others } = answer;
  const address = objectOf(values);
  const answers = Object.keys(address).length > 0 ? { ...others, ...address } : answer;
  return Object.entries(answers)
    .filter(([key]) => !INTERNAL.has(key))
    .map(([key, value]) => [key, wordsOf(value)]);
}

function parsed(json: string): Record<string, unknown> | undefined {
  try {
    const answer: unknown = JSON.parse(json);
    return answer === objectOf(answer) ? objectOf(answer) : undefined;
  } catch {
    return undefined;
  }
}

function wordsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(wordsOf).join(", ");
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? "");
}
