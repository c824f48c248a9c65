namespace PyTake.Accounts;

/// <summary>Returns the users of an organization who are online on any node, as of about a second ago. Implemented by the realtime part.</summary>
public delegate ValueTask<IReadOnlySet<Guid>> OnlineUsers(Guid organizationId);
