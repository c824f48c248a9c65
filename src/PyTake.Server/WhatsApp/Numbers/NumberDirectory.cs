using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Accounts;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Numbers;

/// <summary>
/// An in-memory cache of the app secrets that may sign webhooks and of our verify tokens: the installation's own and those of active numbers. It
/// reloads when read more than two seconds after the last load or after a number was saved; while PostgreSQL does not answer, the cached values
/// stay in use.
/// </summary>
public sealed partial class NumberDirectory
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);
    // A database that hangs must not make every webhook hang with it.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(250);
    // A body of 4 MB takes some 5 ms with each of them, whoever sent it.
    private const int MostSecrets = 8;

    private readonly NpgsqlDataSource _db;
    private readonly SecretBox _box;
    private readonly WhatsAppOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<NumberDirectory> _logger;
    private readonly Lock _lock = new();
    private volatile Known? _known;
    private volatile bool _outdated = true;
    private long _loadedAt;
    private Task _loading = Task.CompletedTask;

    public NumberDirectory(
        NpgsqlDataSource db, SecretBox box, IOptions<WhatsAppOptions> options, NodeBus bus, TimeProvider time, ILogger<NumberDirectory> logger)
    {
        (_db, _box, _options, _time, _logger) = (db, box, options.Value, time, logger);
        AppSecrets = [.. _options.AppSecrets.Select(Encoding.UTF8.GetBytes)];
        bus.Subscribe(NumberStore.Topic, _ => _outdated = true);
    }

    /// <summary>The installation's own secrets, with which a valid signature may have been made for any number (X-Hub-Signature-256).</summary>
    public IReadOnlyList<byte[]> AppSecrets { get; }

    /// <summary>
    /// The organizations' secrets that a valid signature for this number may have been made with, or, without a number, for this account: the number's
    /// own first, then others of its organization, and never more than a few, since each costs a pass over the body.
    /// </summary>
    /// <remarks>A valid signature does not say for which numbers: see <see cref="VoucherAsync"/>.</remarks>
    /// <exception cref="NpgsqlException">Nothing is cached yet and the database does not answer.</exception>
    public async ValueTask<IReadOnlyList<byte[]>> AppSecretsAsync(string? phoneNumberId, string? wabaId, CancellationToken cancellationToken)
    {
        var known = await KnownAsync(cancellationToken);
        return [.. known.OwnersOf(phoneNumberId, wabaId).SelectMany(known.SecretsOf).DistinctBy(Convert.ToHexString).Take(MostSecrets)];
    }

    /// <summary>
    /// The organization that vouches by its own secret for what is about a number or an account. It does so for its own alone, or its administrators could
    /// forge other organizations' messages.
    /// </summary>
    /// <param name="appSecret">One of <see cref="AppSecretsAsync"/>.</param>
    /// <param name="phoneNumberId">Null for updates that are about an account, or about nothing that we have.</param>
    /// <param name="wabaId">The WhatsApp Business Account.</param>
    /// <returns>Null if none does: what names neither is only ever the installation's to vouch for.</returns>
    public async ValueTask<Guid?> VoucherAsync(byte[] appSecret, string? phoneNumberId, string? wabaId, CancellationToken cancellationToken)
    {
        var known = await KnownAsync(cancellationToken);
        foreach (var owner in known.OwnersOf(phoneNumberId, wabaId))
            if (known.SecretsOf(owner).Any(secret => secret.AsSpan().SequenceEqual(appSecret))) return owner.OrganizationId;
        return null;
    }

    /// <summary>Stores the account of a number that the installation's secret has vouched for: it is Meta itself that says whose the number is.</summary>
    public async ValueTask ConfirmAsync(string? phoneNumberId, string? wabaId, CancellationToken cancellationToken)
        => Confirm(await KnownAsync(cancellationToken), phoneNumberId, wabaId);

    /// <summary>Whether a token that Meta sends back is one of ours; the comparison takes constant time.</summary>
    public async ValueTask<bool> IsVerifyTokenAsync(string token, CancellationToken cancellationToken)
    {
        var hash = HashOf(token);
        var found = false;
        foreach (var known in (await KnownAsync(cancellationToken)).VerifyTokenHashes) found |= CryptographicOperations.FixedTimeEquals(known, hash);
        return found;
    }

    // Once for each number; whatever fails is tried again with the next webhook after the numbers were read again.
    private void Confirm(Known known, string? phoneNumberId, string? wabaId)
    {
        if (phoneNumberId is null || !known.Unconfirmed.ContainsKey(phoneNumberId)) return;
        if (wabaId is null or "0" || !wabaId.All(char.IsAsciiDigit) || !known.Unconfirmed.TryRemove(phoneNumberId, out var id)) return;
        _ = Task.Run(async () =>
        {
            try
            {
                await using var connection = await _db.OpenConnectionAsync();
                await NumberStore.ConfirmWabaAsync(connection, id, wabaId);
            }
            catch (Exception exception)
            {
                LogNotConfirmed(exception, id);
            }
        });
    }

    private async ValueTask<Known> KnownAsync(CancellationToken cancellationToken)
    {
        var known = _known;
        if (known is not null && !_outdated && _time.GetElapsedTime(Interlocked.Read(ref _loadedAt)) < Fresh) return known;

        var loading = Reload();
        if (known is null)
        {
            await loading.WaitAsync(cancellationToken);
            return _known!;
        }
        try
        {
            await loading.WaitAsync(LongestWait, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            LogHangs();
        }
        return _known!;
    }

    // One load at a time, shared by all waiting callers.
    private Task Reload()
    {
        lock (_lock) return _loading.IsCompleted ? _loading = ReloadAsync() : _loading;
    }

    private async Task ReloadAsync()
    {
        // Reset before loading: what is saved meanwhile may be too late for this load.
        _outdated = false;
        try
        {
            _known = Understand(await LoadAsync());
        }
        catch (NpgsqlException exception) when (_known is not null)
        {
            LogUnreachable(exception);
        }
        finally
        {
            Interlocked.Exchange(ref _loadedAt, _time.GetTimestamp());
        }
    }

    private async Task<IReadOnlyList<Row>> LoadAsync()
    {
        const string Sql = """
            select n.id, n.organization_id, n.phone_number_id, n.app_secret, n.webhook_verify_token, n.waba_id, n.is_waba_confirmed
            from whatsapp_numbers n
            where n.is_active
            order by n.id
            """;

        await using var connection = await _db.OpenConnectionAsync();
        return (await connection.QueryAsync<Row>(Sql)).AsList();
    }

    private Known Understand(IReadOnlyList<Row> rows)
    {
        var secrets = Secrets(rows, "app_secret", r => r.AppSecret).ToDictionary(s => s.Row.Id, s => Encoding.UTF8.GetBytes(s.Secret));
        var owners = rows.Select(r => new Owner(r.OrganizationId, r.PhoneNumberId, r.WabaId, r.IsWabaConfirmed, secrets.GetValueOrDefault(r.Id))).ToArray();
        var tokens = Secrets(rows, "webhook_verify_token", r => r.WebhookVerifyToken).Select(s => s.Secret).ToHashSet();
        if (_options.VerifyToken.Length > 0) tokens.Add(_options.VerifyToken);
        return new Known(
            owners.ToFrozenDictionary(o => o.PhoneNumberId), owners.ToLookup(o => o.WabaId),
            owners.Where(o => o.Secret is not null).ToLookup(o => o.OrganizationId, o => o.Secret!), [.. tokens.Select(HashOf)],
            new(rows.Where(r => !r.IsWabaConfirmed).ToDictionary(r => r.PhoneNumberId, r => r.Id)));
    }

    private IEnumerable<(Row Row, string Secret)> Secrets(IEnumerable<Row> rows, string name, Func<Row, byte[]?> column)
    {
        foreach (var row in rows)
        {
            if (column(row) is not { } closed) continue;
            if (_box.TryOpen(closed, NumberStore.PlaceOf(row.Id, name), out var secret)) yield return (row, secret);
            else LogSealed(row.Id);
        }
    }

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <param name="Numbers">By phone_number_id.</param>
    /// <param name="ByWaba">The numbers of an account, the oldest first.</param>
    /// <param name="ByOrganization">The secrets of an organization.</param>
    /// <param name="Unconfirmed">The ids of numbers whose account Meta has not named yet, by phone_number_id.</param>
    private sealed record Known(
        FrozenDictionary<string, Owner> Numbers, ILookup<string?, Owner> ByWaba, ILookup<Guid, byte[]> ByOrganization, byte[][] VerifyTokenHashes,
        ConcurrentDictionary<string, Guid> Unconfirmed)
    {
        // An account is theirs whose numbers Meta has named together with it; anybody may write its id.
        public IEnumerable<Owner> OwnersOf(string? phoneNumberId, string? wabaId)
            => phoneNumberId is not null ? Numbers.TryGetValue(phoneNumberId, out var owner) ? [owner] : []
            : wabaId is null ? []
            : ByWaba[wabaId].Any(o => o.IsWabaConfirmed) ? ByWaba[wabaId].Where(o => o.IsWabaConfirmed)
            : ByWaba[wabaId];

        public IEnumerable<byte[]> SecretsOf(Owner owner)
            => owner.Secret is { } own ? ByOrganization[owner.OrganizationId].Prepend(own) : ByOrganization[owner.OrganizationId];
    }

    /// <param name="Secret">The number's own, decrypted; null if it has none.</param>
    private sealed record Owner(Guid OrganizationId, string PhoneNumberId, string? WabaId, bool IsWabaConfirmed, byte[]? Secret);

    private sealed record Row(
        Guid Id, Guid OrganizationId, string PhoneNumberId, byte[]? AppSecret, byte[]? WebhookVerifyToken, string? WabaId, bool IsWabaConfirmed);

    [LoggerMessage(6101, LogLevel.Warning, "The numbers' secrets could not be reloaded; the cached ones stay in use")]
    private partial void LogUnreachable(Exception exception);

    [LoggerMessage(6102, LogLevel.Warning, "Reloading the numbers' secrets takes too long; the cached ones stay in use")]
    private partial void LogHangs();

    [LoggerMessage(6106, LogLevel.Warning, "The account of number {NumberId} could not be stored; it is tried again")]
    private partial void LogNotConfirmed(Exception exception, Guid numberId);

    [LoggerMessage(6103, LogLevel.Error, "A secret of number {NumberId} cannot be decrypted with any of Encryption:Keys")]
    private partial void LogSealed(Guid numberId);
}
