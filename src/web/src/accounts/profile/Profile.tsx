import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { own } from "../../api/members";
import { Button } from "../../ui/Button";
import { TextField } from "../../ui/Field";
import { Actions, Section } from "../../ui/Section";
import { Problem } from "../Problem";
import { useMe } from "../SessionContext";
import { useAttempt } from "../useAttempt";
import { useProblem } from "../useProblem";
import styles from "./Profile.module.css";
import { Saved } from "./Saved";

export function Profile() {
  const { t } = useTranslation("profile");
  const { field } = useProblem();
  const queries = useQueryClient();
  const { full_name, email } = useMe();
  const { mutate, isPending, isSuccess, error } = useAttempt((name: string) => own.change({ full_name: name }), {
    done: () => Promise.all([queries.invalidateQueries({ queryKey: ["me"] }), queries.invalidateQueries({ queryKey: ["users"] })]),
  });
  return (
    <Section title={t("profile.title")} words={t("profile.words")}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          mutate(String(new FormData(event.currentTarget).get("full_name")).trim());
        }}
      >
        <TextField
          name="full_name"
          label={t("profile.name")}
          autoComplete="name"
          defaultValue={full_name}
          maxLength={200}
          required
          error={field(error, "full_name")}
        />
        <TextField label={t("profile.email")} value={email} readOnly hint={t("profile.emailWords")} />
        <Problem failure={error} fields={["full_name"]} />
        <Actions>
          <Button type="submit" look="primary" busy={isPending}>
            {t("ui:save")}
          </Button>
          <Saved isShown={isSuccess}>{t("profile.saved")}</Saved>
        </Actions>
      </form>
    </Section>
  );
}
