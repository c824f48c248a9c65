/** Whether this browser has passkeys on this page: they need HTTPS, or localhost. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && "parseRequestOptionsFromJSON" in PublicKeyCredential;
}

/** Whether the browser offers passkeys among what it would fill a field with. */
export async function fillsPasskeysIn(): Promise<boolean> {
  return hasPasskeys() && (await PublicKeyCredential.isConditionalMediationAvailable());
}

/** Asks for one of the user's passkeys; rejects with a DOMException, `NotAllowedError` where the user gives up. */
export async function getPasskey(
  options: PublicKeyCredentialRequestOptionsJSON,
  { mediation, signal }: Pick<CredentialRequestOptions, "mediation" | "signal"> = {},
): Promise<PublicKeyCredentialJSON> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return written(await navigator.credentials.get({ publicKey, ...(mediation && { mediation }), ...(signal && { signal }) }));
}

/** Makes a new passkey; rejects like `getPasskey`, and with `InvalidStateError` where the authenticator has one already. */
export async function createPasskey(options: PublicKeyCredentialCreationOptionsJSON): Promise<PublicKeyCredentialJSON> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return written(await navigator.credentials.create({ publicKey }));
}

function written(credential: Credential | null): PublicKeyCredentialJSON {
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException("No passkey", "NotAllowedError");
  return credential.toJSON() as PublicKeyCredentialJSON;
}
