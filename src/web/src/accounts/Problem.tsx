import { ErrorNote } from "../ui/ErrorNote";
import { fieldProblem } from "./problems";
import { useProblem } from "./useProblem";

/** Why a request failed; nothing where it did not, or where one of these fields says it. */
export function Problem({ failure, fields = [] }: { failure: unknown; fields?: readonly string[] }) {
  const { words } = useProblem();
  if (!failure || fields.some((name) => fieldProblem(failure, name))) return null;
  return <ErrorNote isNew>{words(failure)}</ErrorNote>;
}
