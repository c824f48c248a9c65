using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Database;
using PyTake.Nodes;

namespace PyTake.Accounts;

/// <summary>
/// Sessions: a login on one device, and the family of refresh tokens that continues it. Each token is good for one use; a reused
/// token may have been stolen, so the whole family is revoked (RFC 9700, section 4.14.2). There is no grace period: two tabs
/// that use one token at once look like a theft, so a client must refresh from one tab at a time.
/// </summary>
/// <remarks>Topic <c>sessions</c> of <see cref="NodeBus"/> carries <c>session:{id}</c> and <c>user:{id}</c>, whose sockets must be checked again, and
/// <c>organization:{id}</c>, which demands something else of its members.</remarks>
internal sealed class Sessions
{
    public const string Topic = "sessions";

    private readonly NpgsqlDataSource _db;
    private readonly UserStore _users;
    private readonly AccessTokens _accessTokens;
    private readonly AuditTrail _audit;
    private readonly AccountOptions _options;
    private readonly NodeBus _bus;
    private readonly OperatingOrganization _operating;
    private readonly DemoOptions _demo;
    private readonly TimeProvider _time;
    private readonly BatchedLookup<(Guid Session, Guid User, Guid Organization), Standing> _standings;
    private readonly RecentStandings _recent;

    public Sessions(
        NpgsqlDataSource db, UserStore users, AccessTokens accessTokens, AuditTrail audit, IOptions<AccountOptions> options, NodeBus bus,
        OperatingOrganization operating, IOptions<DemoOptions> demo, TimeProvider time)
    {
        (_db, _users, _accessTokens, _audit, _options) = (db, users, accessTokens, audit, options.Value);
        (_bus, _operating, _demo, _time) = (bus, operating, demo.Value, time);
        _standings = new(StandingsAsync, most: 500);
        _recent = new(caller => FindAsync(caller, CancellationToken.None), time);
        bus.Subscribe(Topic, OnHint);
    }

    /// <summary>Opens a session for a user who has proved who they are; null if they were deactivated meanwhile.</summary>
    public async Task<SignedIn?> OpenAsync(NpgsqlTransaction transaction, Guid userId, Device device, CancellationToken cancellationToken)
    {
        const string Sql = """
            with session as (
                insert into sessions (id, user_id, created_at, last_used_at, expires_at, address, user_agent)
                values (@sessionId, @userId, @now, @now, @expiresAt, @Address, @UserAgent)
                returning id
            )
            insert into refresh_tokens (token_hash, session_id, created_at, expires_at)
            select @hash, session.id, @now, @expiresAt
            from session
            """;

        if (await _users.AdmitAsync(transaction, userId, cancellationToken) is not { } user) return null;
        var (now, sessionId, token) = (_time.UtcNow(), Guid.CreateVersion7(), RefreshToken.New());
        await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            Sql, new
            {
                userId, now, sessionId, hash = RefreshToken.Hash(token), expiresAt = now + Shorter(_options.RefreshTokenLifetime, _options.SessionLifetime),
                device.Address, device.UserAgent,
            }, transaction, cancellationToken: cancellationToken));
        var caller = new Caller(user.Id, user.OrganizationId, user.Role, sessionId) { Address = device.Address };
        await _audit.RecordAsync(transaction, caller, AuditAction.LoggedIn, user.Id.ToString(), new { session_id = sessionId }, cancellationToken);
        return new SignedIn(user, TokenFor(caller, token), caller);
    }

    /// <summary>The user a refresh token belongs to, used or not; null for an unknown token.</summary>
    public async Task<Guid?> OwnerAsync(string refreshToken, CancellationToken cancellationToken)
    {
        const string Sql = """
            select s.user_id
            from refresh_tokens t
            join sessions s on s.id = t.session_id
            where t.token_hash = @hash
            """;

        await using var connection = await _db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Guid?>(
            new CommandDefinition(Sql, new { hash = RefreshToken.Hash(refreshToken) }, cancellationToken: cancellationToken));
    }

    /// <summary>Exchanges a refresh token for a new pair of tokens; null if it is not valid. A reused token revokes its whole family.</summary>
    /// <param name="refreshToken">As it was given out.</param>
    /// <param name="address">The network address that the request came from.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<Token?> RefreshAsync(string refreshToken, string? address, CancellationToken cancellationToken)
    {
        // The row lock of the first update settles a race: the request that waited for it finds the token used.
        const string Sql = """
            with spent as (
                update refresh_tokens t
                set spent_at = @now
                from sessions s
                join users u on u.id = s.user_id
                where t.token_hash = @hash and t.spent_at is null and t.expires_at > @now
                  and s.id = t.session_id and s.revoked_at is null and s.created_at > @oldest
                  and u.is_active and u.organization_id is distinct from @ClosedOrganization
                returning t.session_id
            ), session as (
                update sessions s
                set expires_at = least(@expiresAt, s.created_at + @SessionLifetime), last_used_at = @now
                from spent
                where s.id = spent.session_id and s.revoked_at is null
                returning s.id, s.user_id, s.expires_at
            ), fresh as (
                insert into refresh_tokens (token_hash, session_id, created_at, expires_at)
                select @freshHash, session.id, @now, session.expires_at
                from session
            ), forgotten as (
                delete from refresh_tokens t
                using session
                where t.session_id = session.id and t.expires_at <= @now
            )
            select u.id as user_id, u.organization_id, u.role, session.id as session_id
            from session
            join users u on u.id = session.user_id
            """;

        var (now, hash, fresh) = (_time.UtcNow(), RefreshToken.Hash(refreshToken), RefreshToken.New());
        await using var connection = await _db.OpenConnectionAsync(cancellationToken);
        var owner = await connection.QuerySingleOrDefaultAsync<Caller>(new CommandDefinition(
            Sql, new
            {
                now, hash, freshHash = RefreshToken.Hash(fresh), expiresAt = now + _options.RefreshTokenLifetime,
                _options.SessionLifetime, oldest = now - _options.SessionLifetime, _demo.ClosedOrganization,
            }, cancellationToken: cancellationToken));
        if (owner is not null) return TokenFor(owner, fresh);

        await EndReusedAsync(connection, hash, address, cancellationToken);
        return null;
    }

    /// <summary>Ends the caller's session, and the session of this refresh token if that is the same user's.</summary>
    public async Task EndAsync(Caller caller, string refreshToken, CancellationToken cancellationToken)
    {
        const string Sql = """
            update sessions
            set revoked_at = now()
            where user_id = @UserId and revoked_at is null
              and (id = @SessionId or id = (select session_id from refresh_tokens where token_hash = @hash))
            returning id
            """;

        await using var connection = await _db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var ended = (await connection.QueryAsync<Guid>(new CommandDefinition(
            Sql, new { caller.UserId, caller.SessionId, hash = RefreshToken.Hash(refreshToken) }, transaction, cancellationToken: cancellationToken))).AsList();
        foreach (var id in ended) await _audit.RecordAsync(transaction, caller, AuditAction.LoggedOut, id.ToString(), null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        NotifyEnded(ended);
    }

    /// <summary>Ends the sessions of a user. Otherwise those of one who is deactivated would be valid again once they are reactivated.</summary>
    /// <param name="transaction">The caller's; call <see cref="NotifyUserChanged"/> after its commit.</param>
    /// <param name="userId">Whose.</param>
    /// <param name="except">The session that stays; null if none does.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public static Task EndAllAsync(NpgsqlTransaction transaction, Guid userId, Guid? except, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(
            "update sessions set revoked_at = now() where user_id = @userId and revoked_at is null and id is distinct from @except",
            new { userId, except }, transaction, cancellationToken: cancellationToken));

    /// <summary>Ends the sessions of a user of an organization, except this one if it is theirs; false if the organization has no such user.</summary>
    public async Task<bool> EndAllAsync(Caller caller, Guid userId, Guid? except, CancellationToken cancellationToken)
    {
        if (await _users.FindAsync(caller.OrganizationId, userId, cancellationToken) is null) return false;
        await using var connection = await _db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await EndAllAsync(transaction, userId, except, cancellationToken);
        await _audit.RecordAsync(transaction, caller, AuditAction.LoggedOutEverywhere, userId.ToString(), null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        NotifyUserChanged(userId);
        return true;
    }

    /// <summary>Ends one of the caller's sessions; false if they have no such open session.</summary>
    public async Task<bool> EndAsync(Caller caller, Guid id, CancellationToken cancellationToken)
    {
        const string Sql = """
            update sessions
            set revoked_at = now()
            where id = @id and user_id = @UserId and revoked_at is null and expires_at > @now
            returning id
            """;

        await using var connection = await _db.OpenConnectionAsync(cancellationToken);
        var ended = (await connection.QueryAsync<Guid>(new CommandDefinition(
            Sql, new { id, caller.UserId, now = _time.UtcNow() }, cancellationToken: cancellationToken))).AsList();
        NotifyEnded(ended);
        return ended.Count > 0;
    }

    /// <summary>The caller's open sessions, the one that was used last first.</summary>
    public async Task<IReadOnlyList<OpenSession>> ListAsync(Caller caller, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id, created_at, coalesce(last_used_at, created_at) as last_used_at, expires_at, address, user_agent, id = @SessionId as current
            from sessions
            where user_id = @UserId and revoked_at is null and expires_at > @now
            order by last_used_at desc, id desc
            limit 100
            """;

        await using var connection = await _db.OpenConnectionAsync(cancellationToken);
        return (await connection.QueryAsync<OpenSession>(new CommandDefinition(
            Sql, new { caller.UserId, caller.SessionId, now = _time.UtcNow() }, cancellationToken: cancellationToken))).AsList();
    }

    /// <summary>The caller's current role and name from the database; null if the session has ended or the user is no longer active.</summary>
    public async Task<Standing?> FindAsync(Caller caller, CancellationToken cancellationToken)
        => await _standings.FindAsync((caller.SessionId, caller.UserId, caller.OrganizationId), cancellationToken);

    /// <summary>The same as of at most two seconds ago, for requests that only read. What would refuse them is looked up anew.</summary>
    public async Task<Standing?> FindRecentAsync(Caller caller, CancellationToken cancellationToken)
        => await _recent.FindAsync(caller, cancellationToken) is { MustEnrol: false } standing ? standing : await FindAsync(caller, cancellationToken);

    // Batched, because all clients of a node that died reconnect at the same moment.
    private async Task<IReadOnlyDictionary<(Guid Session, Guid User, Guid Organization), Standing>> StandingsAsync(
        (Guid Session, Guid User, Guid Organization)[] callers)
    {
        const string Sql = """
            select s.id as session, u.id as "user", u.organization_id as organization, u.role, u.full_name, o.operates,
                o.mfa_required or o.operates and u.role = 'org_admin' and not @Enabled as mfa_required,
                exists (select from totp_secrets t where t.user_id = u.id and t.confirmed_at is not null)
                    or exists (select from passkeys p where p.user_id = u.id) as has_second_factor
            from sessions s
            join users u on u.id = s.user_id
            join (
                select id, mfa_required, coalesce(id = @Configured, is_operating) as operates
                from organizations
            ) o on o.id = u.organization_id
            where s.id = any(@sessions) and s.revoked_at is null and s.expires_at > @now and s.created_at > @oldest and u.is_active
              and u.organization_id is distinct from @ClosedOrganization
            """;

        var now = _time.UtcNow();
        await using var connection = await _db.OpenConnectionAsync();
        var rows = await connection.QueryAsync<StandingRow>(
            Sql, new
            {
                sessions = callers.Select(c => c.Session).ToArray(), now, oldest = now - _options.SessionLifetime, _operating.Configured, _demo.Enabled, _demo.ClosedOrganization,
            });
        return rows.ToDictionary(
            r => (r.Session, r.User, r.Organization), r => new Standing(r.Role, r.FullName, r.Operates, r.MfaRequired, r.HasSecondFactor));
    }

    /// <summary>Deletes expired sessions with their tokens; runs as a recurring job.</summary>
    public async Task DeleteExpiredAsync(CancellationToken cancellationToken)
    {
        const int BatchSize = 1_000;
        const string Sql = """
            delete from sessions
            where id in (select id from sessions where expires_at < @longAgo limit @BatchSize)
            """;

        await using var connection = await _db.OpenConnectionAsync(cancellationToken);
        // Kept for a day after they expire, for nodes that look for ended sessions.
        var longAgo = _time.UtcNow() - TimeSpan.FromDays(1);
        while (await connection.ExecuteAsync(new CommandDefinition(Sql, new { longAgo, BatchSize }, cancellationToken: cancellationToken)) == BatchSize)
        {
        }
    }

    /// <summary>Notifies all nodes that a user's rights have changed; call it after the commit.</summary>
    public void NotifyUserChanged(Guid userId) => _bus.Publish(Topic, $"user:{userId}");

    /// <summary>Notifies all nodes that what an organization demands of its members' sessions has changed; call it after the commit.</summary>
    public void NotifyOrganizationChanged(Guid organizationId) => _bus.Publish(Topic, $"organization:{organizationId}");

    private async Task EndReusedAsync(NpgsqlConnection connection, byte[] hash, string? address, CancellationToken cancellationToken)
    {
        const string Sql = """
            update sessions s
            set revoked_at = now()
            from users u
            where s.id = (select session_id from refresh_tokens where token_hash = @hash and spent_at is not null)
              and s.revoked_at is null and u.id = s.user_id
            returning s.id, u.organization_id
            """;

        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var ended = await connection.QuerySingleOrDefaultAsync<(Guid Session, Guid Organization)?>(
            new CommandDefinition(Sql, new { hash }, transaction, cancellationToken: cancellationToken));
        if (ended is not var (session, organization)) return;
        // Which of the two who used it is the user is not known.
        await _audit.RecordAsync(
            transaction, new Actor(organization, null, address), AuditAction.TokenReused, session.ToString(), null, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        NotifyEnded([session]);
    }

    private void NotifyEnded(IEnumerable<Guid> ended)
    {
        foreach (var id in ended) _bus.Publish(Topic, $"session:{id}");
    }

    private void OnHint(string subject)
    {
        if (subject.Split(':') is [_, var text] && Guid.TryParse(text, out var id)) _recent.Forget(id);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private sealed record StandingRow(
        Guid Session, Guid User, Guid Organization, string Role, string FullName, bool Operates, bool MfaRequired, bool HasSecondFactor);

    private Token TokenFor(Caller caller, string refreshToken) => new(_accessTokens.Issue(caller), refreshToken, "bearer", _accessTokens.ExpiresIn);
}

/// <summary>CONTRACT's Token; <paramref name="ExpiresIn"/> in seconds.</summary>
public sealed record Token(string AccessToken, string RefreshToken, string TokenType, int ExpiresIn);

internal sealed record SignedIn(User User, Token Token, Caller Caller);

/// <summary>What the database says of a session's user now.</summary>
/// <param name="Role">Their role.</param>
/// <param name="FullName">Their name.</param>
/// <param name="Operates">Whether their organization operates the installation.</param>
/// <param name="MfaRequired">Whether they need a second factor, because their organization demands it or because they operate the installation.</param>
/// <param name="HasSecondFactor">Whether they have one.</param>
internal sealed record Standing(string Role, string FullName, bool Operates, bool MfaRequired, bool HasSecondFactor)
{
    /// <summary>Whether all that the session may do is set up a second factor.</summary>
    public bool MustEnrol => MfaRequired && !HasSecondFactor;
}

/// <summary>One of a user's open sessions, as REST returns it.</summary>
/// <param name="LastUsedAt">When it was last continued: within the lifetime of an access token.</param>
/// <param name="Address">The network address that opened it.</param>
/// <param name="UserAgent">What the browser that opened it calls itself.</param>
/// <param name="Current">Whether it is the one that asks.</param>
public sealed record OpenSession(
    Guid Id, DateTime CreatedAt, DateTime LastUsedAt, DateTime ExpiresAt, string? Address, string? UserAgent, bool Current);
