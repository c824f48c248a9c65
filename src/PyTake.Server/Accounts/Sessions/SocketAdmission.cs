namespace PyTake.Accounts;

/// <summary>Decides who may open a socket. Unlike a GET request, a socket does not rely on the token alone.</summary>
public sealed class SocketAdmission
{
    private readonly Sessions _sessions;

    internal SocketAdmission(Sessions sessions) => _sessions = sessions;

    /// <summary>Checks in the database that the session is open, the user is active, and has the second factor that they need.</summary>
    /// <param name="expiresAt">When the token expires (UTC), which the socket must not outlive.</param>
    /// <returns>The user with their current role and name; null if they are not admitted.</returns>
    public async Task<ConnectedUser?> AdmitAsync(Caller caller, DateTime expiresAt, CancellationToken cancellationToken)
        => await _sessions.FindAsync(caller, cancellationToken) is { MustEnrol: false } standing
            ? new(caller.UserId, caller.OrganizationId, caller.SessionId, standing.FullName, standing.Role, expiresAt)
            : null;
}

/// <summary>The user behind a socket.</summary>
public sealed record ConnectedUser(Guid UserId, Guid OrganizationId, Guid SessionId, string FullName, string Role, DateTime ExpiresAt);
