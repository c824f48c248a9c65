namespace PyTake.Accounts;

/// <summary>Says which users of an organization are online on any node, as of about a second ago; who is connected knows it.</summary>
public delegate ValueTask<IReadOnlySet<Guid>> OnlineUsers(Guid organizationId);
