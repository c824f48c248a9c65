import { useState } from "react";
import { useTranslation } from "react-i18next";
import { members, type PersonalLink } from "../../api/members";
import type { User } from "../../api/types";
import { IconButton } from "../../ui/Button";
import { Menu, MenuItem } from "../../ui/Menu";
import { ConfirmDialog } from "./ConfirmDialog";
import { LinkDialog } from "./LinkDialog";
import { RoleDialog } from "./RoleDialog";

type Open = "role" | "invitation" | "reset" | "sessions" | "factors" | "deactivate" | "activate";

/** What an administrator does with one member. Nobody takes their own rights away here. */
export function PersonMenu({ person, isSelf }: { person: User; isSelf: boolean }) {
  const { t } = useTranslation("people");
  const [open, setOpen] = useState<Open>();
  const [link, setLink] = useState<{ of: "invitation" | "reset"; link: PersonalLink }>();
  const { id, full_name: name } = person;
  const close = () => setOpen(undefined);
  const show = (of: "invitation" | "reset") => (shown: PersonalLink) => {
    close();
    setLink({ of, link: shown });
  };
  /** The texts of a confirmation: what is asked, what it means, and the words on the button. */
  const texts = (action: Exclude<Open, "role">) => ({
    title: t(`${action}.title`, { name }),
    words: t(`${action}.words`),
    confirm: t(`${action}.do`),
    onClose: close,
  });
  return (
    <>
      <Menu trigger={<IconButton icon="more" label={t("actionsOf", { name })} />}>
        {!isSelf && (
          <MenuItem icon="user" onSelect={() => setOpen("role")}>
            {t("changeRole")}
          </MenuItem>
        )}
        {person.invited ? (
          <MenuItem icon="link" onSelect={() => setOpen("invitation")}>
            {t("invitation.open")}
          </MenuItem>
        ) : (
          <MenuItem icon="link" onSelect={() => setOpen("reset")}>
            {t("reset.open")}
          </MenuItem>
        )}
        {person.mfa && !isSelf && (
          <MenuItem icon="shield" onSelect={() => setOpen("factors")}>
            {t("factors.open")}
          </MenuItem>
        )}
        {!person.invited && (
          <MenuItem icon="logout" onSelect={() => setOpen("sessions")}>
            {t("sessions.open")}
          </MenuItem>
        )}
        {!isSelf &&
          (person.is_active ? (
            <MenuItem icon="close" danger onSelect={() => setOpen("deactivate")}>
              {t("deactivate.open")}
            </MenuItem>
          ) : (
            <MenuItem icon="reopen" onSelect={() => setOpen("activate")}>
              {t("activate.open")}
            </MenuItem>
          ))}
      </Menu>
      {open === "role" && <RoleDialog person={person} onClose={close} />}
      {open === "invitation" && <ConfirmDialog {...texts(open)} change={() => members.inviteAgain(id)} onDone={show("invitation")} />}
      {open === "reset" && <ConfirmDialog {...texts(open)} change={() => members.resetPassword(id)} onDone={show("reset")} />}
      {open === "sessions" && <ConfirmDialog {...texts(open)} change={() => members.endSessions(id)} onDone={close} />}
      {open === "factors" && <ConfirmDialog {...texts(open)} change={() => members.removeSecondFactors(id)} onDone={close} />}
      {open === "deactivate" && <ConfirmDialog {...texts(open)} change={() => members.change(id, { is_active: false })} onDone={close} />}
      {open === "activate" && <ConfirmDialog {...texts(open)} change={() => members.change(id, { is_active: true })} onDone={close} />}
      {link && (
        <LinkDialog
          title={t(`${link.of}.linkTitle`, { name })}
          words={t(`${link.of}.link`)}
          link={link.link}
          onClose={() => setLink(undefined)}
        />
      )}
    </>
  );
}
