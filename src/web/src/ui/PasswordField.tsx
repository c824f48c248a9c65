import { useState, type ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { TextField } from "./Field";

/** A field for a password, which can be shown. */
export function PasswordField(props: Omit<ComponentProps<typeof TextField>, "type" | "action" | "actionInside">) {
  const { t } = useTranslation("ui");
  const [isShown, setIsShown] = useState(false);
  return (
    <TextField
      {...props}
      type={isShown ? "text" : "password"}
      autoCapitalize="none"
      spellCheck={false}
      actionInside
      action={
        <IconButton
          icon={isShown ? "hide" : "show"}
          label={t("showPassword")}
          aria-pressed={isShown}
          onClick={() => setIsShown(!isShown)}
        />
      }
    />
  );
}
