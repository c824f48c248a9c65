namespace PyTake.Realtime;

public sealed class InboxFeed
{
    public void Moved(Guid organizationId, long inboxSeq) { }
}
