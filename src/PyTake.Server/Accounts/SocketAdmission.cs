namespace PyTake.Accounts;

/// <summary>Decides who may have a socket: REST's reads trust a token until it expires, a socket never does.</summary>
public sealed class SocketAdmission
{
    private readonly Sessions _sessions;

    internal SocketAdmission(Sessions sessions) => _sessions = sessions;

    /// <summary>Asks the database whether the session goes on and the user is active.</summary>
    /// <param name="expiresAt">When the token expires (UTC), which the socket must not outlive.</param>
    /// <returns>Who is connected, with the role and name they have now; null where they may not be.</returns>
    public async Task<ConnectedUser?> AdmitAsync(Caller caller, DateTime expiresAt, CancellationToken cancellationToken)
        => await _sessions.FindAsync(caller, cancellationToken) is { } standing
            ? new(caller.UserId, caller.OrganizationId, caller.SessionId, standing.FullName, standing.Role, expiresAt)
            : null;
}

/// <summary>The user behind a socket.</summary>
public sealed record ConnectedUser(Guid UserId, Guid OrganizationId, Guid SessionId, string FullName, string Role, DateTime ExpiresAt);
