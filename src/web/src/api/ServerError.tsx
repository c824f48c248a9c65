import { ErrorNote } from "../ui/ErrorNote";
import { useServerWords } from "./useServerWords";

/** Why the server refused a request; nothing where there is no error. */
export function ServerError({ error }: { error: Error | null }) {
  const words = useServerWords();
  return error && <ErrorNote isNew>{words(error.message)}</ErrorNote>;
}
