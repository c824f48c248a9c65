import { Sections } from "../../ui/Section";
import { Appearance } from "./Appearance";
import { Password } from "./Password";
import { Passkeys } from "./passkeys/Passkeys";
import { Profile } from "./Profile";
import { SecondFactor } from "./secondFactor/SecondFactor";
import { Sessions } from "./sessions/Sessions";

/** What a user sets for themselves. */
export default function AccountPage() {
  return (
    <Sections>
      <Profile />
      <Appearance />
      <Password />
      <SecondFactor />
      <Passkeys />
      <Sessions />
    </Sections>
  );
}
