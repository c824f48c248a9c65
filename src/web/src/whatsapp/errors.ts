/** The error codes of WhatsApp (support/error-codes) and of PyTake's sender, by what they mean for whoever reads them. */
const CODES = {
  token: ["0", "102", "190", "http_401"],
  permission: ["3", "10", "200", "131005"],
  locked: ["368", "131031"],
  country: ["130497"],
  payment: ["131042", "134011"],
  registration: ["131045", "133000", "133005", "133006", "133008", "133009", "133010", "133015"],
  displayName: ["131037"],
  tooFast: ["4", "80007", "130429", "131056", "131064", "133016", "http_429"],
  spam: ["131048"],
  trouble: ["1", "2", "131000", "131016", "131057", "133004", "135000"],
  unreachable: ["130403", "131026"],
  self: ["131021"],
  notInTestList: ["131030"],
  hidesNumber: ["131062", "131063"],
  window: ["131047"],
  ecosystem: ["131049"],
  experiment: ["130472"],
  optedOut: ["131050"],
  parameter: ["33", "100", "131008", "131009"],
  unsupported: ["131051"],
  unavailable: ["131060"],
  mediaDownload: ["131052"],
  mediaUpload: ["131053"],
  templateParameters: ["132000", "132012", "132018"],
  templateMissing: ["132001"],
  templateTooLong: ["132005"],
  templatePolicy: ["132007"],
  templatePaused: ["132015"],
  templateDisabled: ["132016"],
  flow: ["132068", "132069"],
  notSent: ["not_sent"],
  timeout: ["timeout"],
  inactive: ["number_inactive"],
} as const;

export type ErrorKind = keyof typeof CODES;

const KINDS = new Map<string, ErrorKind>(
  Object.entries(CODES).flatMap(([kind, codes]) => codes.map((code) => [code, kind as ErrorKind] as const)),
);

/** What an error code means; undefined for one that is not known, whose own words have to do. */
export function errorKind(code: string | null | undefined): ErrorKind | undefined {
  return KINDS.get(code ?? "") ?? (/^2\d\d$/.test(code ?? "") ? "permission" : /^http_5/.test(code ?? "") ? "trouble" : undefined);
}

/** What an agent can do about a message that failed. */
export type Remedy = "retry" | "template" | "none";

const REMEDIES: Partial<Record<ErrorKind, Remedy>> = {
  window: "template",
  templateParameters: "template",
  templateMissing: "template",
  templateTooLong: "template",
  templatePolicy: "template",
  templatePaused: "template",
  templateDisabled: "template",
  self: "none",
  hidesNumber: "none",
  experiment: "none",
  optedOut: "none",
  unsupported: "none",
};

/** Sending the same again is pointless where WhatsApp would refuse it for the same reason. */
export function remedyFor(code: string | null | undefined): Remedy {
  const kind = errorKind(code);
  return (kind && REMEDIES[kind]) ?? "retry";
}
