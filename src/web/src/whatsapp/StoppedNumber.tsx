import { useTranslation } from "react-i18next";
import { useLive } from "../realtime/LiveProvider";
import { useStore } from "../state/store";
import { ErrorNote } from "../ui/ErrorNote";
import { ErrorWords } from "./ErrorWords";

/** Says why a number sends nothing; nothing while it sends. */
export function StoppedNumber({ id }: { id: string }) {
  const { t } = useTranslation("whatsapp");
  const { numbers } = useLive();
  const stop = useStore(numbers.stopped, (all) => all.get(id));
  if (!stop) return null;
  return (
    <ErrorNote isNew>
      <p>
        <strong>{t("stopped")}</strong> <ErrorWords code={stop.code} message={stop.reason} /> {t("waits")}
      </p>
    </ErrorNote>
  );
}
