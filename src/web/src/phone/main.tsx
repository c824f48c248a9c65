import "@fontsource-variable/inter";
import "../theme/tokens.css";
import "../theme/base.css";
import "./phone.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startI18n } from "../i18n/i18n";
import { applyTheme } from "../theme/theme";
import { PhonePage } from "./PhonePage";

applyTheme();
await startI18n();

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <PhonePage />
  </StrictMode>,
);
