import type { Conversation } from "pytake-client";
import { createContext, lazy, Suspense, useContext, useMemo, useState, type ReactNode } from "react";
import type { OpenConversation } from "../../../realtime/ConversationFeed";

const Viewer = lazy(() => import("./Viewer"));

interface ViewerControl {
  /** Shows the photo of a message, large. */
  open: (messageId: string) => void;
}

const ViewerContext = createContext<ViewerControl>({ open: () => {} });

/** The viewer of a conversation's photos, which is loaded when the first one is opened. */
export function ViewerProvider({ open, conversation, children }: { open: OpenConversation; conversation: Conversation; children: ReactNode }) {
  const [shown, setShown] = useState<string>();
  const control = useMemo(() => ({ open: setShown }), []);
  return (
    <ViewerContext value={control}>
      {children}
      {shown !== undefined && (
        <Suspense>
          <Viewer open={open} conversation={conversation} shown={shown} onShow={setShown} onClose={() => setShown(undefined)} />
        </Suspense>
      )}
    </ViewerContext>
  );
}

export function useViewer(): ViewerControl {
  return useContext(ViewerContext);
}
