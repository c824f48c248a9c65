import "@fontsource-variable/inter";
import "./theme/tokens.css";
import "./theme/base.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { RestError } from "pytake-client";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createAppRouter } from "./app/router";
import { takeLinkToken } from "./accounts/login/linkToken";
import { startI18n } from "./i18n/i18n";
import { client, tokens } from "./api/client";
import { Session } from "./accounts/session";
import { SessionProvider } from "./accounts/SessionContext";
import { forgetFilesWithSession } from "./realtime/forgetFiles";
import { applyTheme } from "./theme/theme";

takeLinkToken();

// A page that was opened before an update may request files that are gone; after a reload it has the new names.
addEventListener("vite:preloadError", () => location.reload());

applyTheme();
await startI18n();

const session = new Session({ client, tokens, storages: [localStorage, sessionStorage] });
await session.resume();
forgetFilesWithSession(session);

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Changes arrive as events, so nothing is loaded again when the page gets the focus or the connection.
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      staleTime: 5 * 60_000,
      retry: (failures, error) => failures < 3 && !(error instanceof RestError && error.status < 500),
    },
  },
});
const router = createAppRouter(session);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <SessionProvider session={session}>
        <RouterProvider router={router} />
      </SessionProvider>
    </QueryClientProvider>
  </StrictMode>,
);
