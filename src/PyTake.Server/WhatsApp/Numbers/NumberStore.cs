using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Numbers;

/// <summary>All SQL of the numbers. What is for users takes their organization, and finds nothing outside it.</summary>
/// <remarks>Topic <c>numbers</c> of <see cref="NodeBus"/> carries the id of a number that was saved or deleted.</remarks>
internal sealed class NumberStore(NpgsqlDataSource db, SecretBox box, NodeBus bus, TimeProvider time, IOptions<WhatsAppOptions> options)
{
    public const string Topic = "numbers";

    private const string AccessToken = "access_token", AppSecret = "app_secret", VerifyToken = "webhook_verify_token";

    /// <summary>The columns whose values are encrypted.</summary>
    public static readonly string[] SecretColumns = [AccessToken, AppSecret, VerifyToken];

    /// <summary>Where one of <see cref="SecretColumns"/> of a number is.</summary>
    public static SecretPlace PlaceOf(Guid id, string column = AccessToken) => new("whatsapp_numbers", column, id);

    private const string Columns = """
        n.id, n.organization_id, coalesce(n.lost_phone_number_id, n.phone_number_id) as phone_number_id, n.waba_id, n.phone_number, n.display_name, n.access_token, n.app_secret,
        n.webhook_verify_token, n.is_active, n.sending_stopped_at, n.sending_stopped_code, n.sending_stopped_reason, n.created_at, n.updated_at
        """;

    private const string Lost = "Another organization has proven to WhatsApp that the number is its own now";

    private const string Resumed = "sending_stopped_at = null, sending_stopped_code = null, sending_stopped_reason = null";

    // Any number; the other key is the organization's.
    private const int QuotaLock = 0x5055;

    public async Task<IReadOnlyList<Number>> ListAsync(Guid organizationId, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select {Columns}
            from whatsapp_numbers n
            where n.organization_id = @organizationId
            order by n.is_active desc, n.display_name, n.id
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(Sql, new { organizationId }, cancellationToken: cancellationToken));
        return [.. rows.Select(Shown)];
    }

    public async Task<Number?> FindAsync(Guid organizationId, Guid id, CancellationToken cancellationToken)
        => await RowAsync(organizationId, id, cancellationToken) is { } row ? Shown(row) : null;

    /// <summary>The account that has the number's templates, and the token to read them, which is null if none of our keys decrypts it.</summary>
    public async Task<(string OwnerId, string? AccessToken)?> TemplateOwnerAsync(Guid organizationId, Guid id, CancellationToken cancellationToken)
        => await RowAsync(organizationId, id, cancellationToken) is { } row
            ? (row.WabaId ?? row.PhoneNumberId, box.TryOpen(row.AccessToken, PlaceOf(row.Id), out var accessToken) ? accessToken : null)
            : null;

    /// <summary>The row that has a phone_number_id, whosever it is.</summary>
    public async Task<NumberClaim?> HolderAsync(string phoneNumberId, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id, organization_id, phone_number_id, lost_phone_number_id, access_token, is_active
            from whatsapp_numbers
            where phone_number_id = @phoneNumberId
            """;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<NumberClaim>(new CommandDefinition(Sql, new { phoneNumberId }, cancellationToken: cancellationToken));
    }

    /// <summary>What an organization's number has and is proven by.</summary>
    public async Task<NumberClaim?> ClaimAsync(Guid organizationId, Guid id, CancellationToken cancellationToken)
    {
        const string Sql = """
            select id, organization_id, phone_number_id, lost_phone_number_id, access_token, is_active
            from whatsapp_numbers
            where organization_id = @organizationId and id = @id
            """;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<NumberClaim>(new CommandDefinition(Sql, new { organizationId, id }, cancellationToken: cancellationToken));
    }

    /// <summary>Adds a number that the organization has proven. One that it had deleted is restored with its conversations.</summary>
    /// <param name="from">The other organization's number that has the phone_number_id until now, and loses it.</param>
    public async Task<NumberSaved> AddAsync(Guid organizationId, CreateNumberRequest request, NumberClaim? from, CancellationToken cancellationToken)
    {
        var sql = $"""
            with n as (
                insert into whatsapp_numbers as n (id, organization_id, phone_number_id, waba_id, phone_number, display_name,
                    access_token, app_secret, webhook_verify_token, created_at, updated_at)
                values (@id, @organizationId, @PhoneNumberId, @WabaId, @PhoneNumber, @DisplayName, @accessToken, @appSecret, @verifyToken, @now, @now)
                on conflict (phone_number_id) do update
                set waba_id = excluded.waba_id, is_waba_confirmed = false, phone_number = excluded.phone_number, display_name = excluded.display_name,
                    access_token = excluded.access_token, app_secret = excluded.app_secret,
                    webhook_verify_token = excluded.webhook_verify_token, is_active = true,
                    {Resumed}, updated_at = excluded.updated_at
                where n.organization_id = excluded.organization_id and not n.is_active and n.id = excluded.id
                returning *
            ), due as ({WaitingItems.MakeDueForNumbers})
            select {Columns}
            from n
            """;

        // Its secrets are encrypted for the row that they will be in.
        var id = await DeletedAsync(organizationId, request.PhoneNumberId!.Trim(), cancellationToken) ?? Guid.CreateVersion7();
        return await TakeAsync(organizationId, from, isClaim: true, sql, new
        {
            id,
            organizationId,
            PhoneNumberId = request.PhoneNumberId!.Trim(),
            WabaId = NullIfEmpty(request.WabaId?.Trim()),
            PhoneNumber = request.PhoneNumber!.Trim(),
            DisplayName = request.DisplayName!.Trim(),
            accessToken = Seal(request.AccessToken, id, AccessToken),
            appSecret = Seal(request.AppSecret, id, AppSecret),
            verifyToken = Seal(request.WebhookVerifyToken, id, VerifyToken),
            now = time.UtcNow(),
        }, ifMissing: new NumberSaved.Taken(), cancellationToken);
    }

    /// <summary>
    /// Saves the given values; an empty secret is cleared. If sending was stopped, it resumes. A phone_number_id that is given is a claim, which has been proven.
    /// </summary>
    /// <param name="from">The other organization's number that has the phone_number_id until now, and loses it.</param>
    public async Task<NumberSaved> ChangeAsync(Guid organizationId, Guid id, NumberChange change, NumberClaim? from, CancellationToken cancellationToken)
    {
        var sql = $"""
            with n as (
                update whatsapp_numbers n
                set phone_number_id = coalesce(@PhoneNumberId, phone_number_id),
                    lost_phone_number_id = case when @PhoneNumberId is null then lost_phone_number_id end,
                    waba_id = case when @WabaId is null then waba_id else nullif(@WabaId, '') end,
                    is_waba_confirmed = is_waba_confirmed and @WabaId is null and @PhoneNumberId is null,
                    phone_number = coalesce(@PhoneNumber, phone_number), display_name = coalesce(@DisplayName, display_name),
                    access_token = coalesce(@accessToken, access_token),
                    app_secret = case when @AppSecret is null then app_secret else @sealedAppSecret end,
                    webhook_verify_token = case when @WebhookVerifyToken is null then webhook_verify_token else @sealedVerifyToken end,
                    is_active = coalesce(@IsActive, is_active) and (lost_phone_number_id is null or @PhoneNumberId is not null),
                    {Resumed}, updated_at = @now
                where n.organization_id = @organizationId and n.id = @id
                returning *
            ), due as ({WaitingItems.MakeDueForNumbers})
            select {Columns}
            from n
            """;

        try
        {
            return await TakeAsync(organizationId, from, isClaim: change.PhoneNumberId is not null, sql, new
            {
                organizationId,
                id,
                PhoneNumberId = change.PhoneNumberId?.Trim(),
                WabaId = change.WabaId?.Trim(),
                PhoneNumber = change.PhoneNumber?.Trim(),
                DisplayName = change.DisplayName?.Trim(),
                accessToken = Seal(change.AccessToken, id, AccessToken),
                change.AppSecret,
                sealedAppSecret = Seal(change.AppSecret, id, AppSecret),
                change.WebhookVerifyToken,
                sealedVerifyToken = Seal(change.WebhookVerifyToken, id, VerifyToken),
                change.IsActive,
                now = time.UtcNow(),
            }, ifMissing: new NumberSaved.Missing(), cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // Another request took it after the number was proven.
            return new NumberSaved.Taken();
        }
    }

    /// <summary>Deletes a number, or deactivates it if it has conversations.</summary>
    /// <returns>False if there is none.</returns>
    public async Task<bool> DeleteAsync(Guid organizationId, Guid id, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        int touched;
        try
        {
            touched = await connection.ExecuteAsync(new CommandDefinition(
                "delete from whatsapp_numbers where organization_id = @organizationId and id = @id",
                new { organizationId, id }, cancellationToken: cancellationToken));
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            touched = await connection.ExecuteAsync(new CommandDefinition(
                "update whatsapp_numbers set is_active = false, updated_at = @now where organization_id = @organizationId and id = @id",
                new { organizationId, id, now = time.UtcNow() }, cancellationToken: cancellationToken));
        }
        if (touched > 0) bus.Publish(Topic, id.ToString());
        return touched > 0;
    }

    /// <summary>Stops a number's sending, unless somebody has saved it since.</summary>
    /// <param name="asOf">When Meta was asked with the number's settings, or the settings' own time: a later save has seen to the trouble.</param>
    /// <param name="code">Meta's error code.</param>
    /// <param name="reason">In Meta's words.</param>
    /// <returns>The number's new state; null if this call did not stop it.</returns>
    public static Task<NumberSending?> StopSendingAsync(
        StreamTransaction transaction, Guid id, DateTime asOf, string code, string reason, CancellationToken cancellationToken)
    {
        const string Sql = """
            update whatsapp_numbers
            set sending_stopped_at = @now, sending_stopped_code = @code, sending_stopped_reason = @reason
            where id = @id and updated_at <= @asOf and sending_stopped_at is null
            returning organization_id, id as whatsapp_number_id, sending_stopped_at, sending_stopped_code, sending_stopped_reason
            """;

        return transaction.Connection.QuerySingleOrDefaultAsync<NumberSending?>(new CommandDefinition(
            Sql, new { id, asOf, code, reason, now = transaction.Now }, transaction.Transaction, cancellationToken: cancellationToken));
    }

    /// <summary>Stores the account that Meta itself named together with a number, unless one is confirmed already.</summary>
    public static Task ConfirmWabaAsync(NpgsqlConnection connection, Guid id, string wabaId)
        => connection.ExecuteAsync(
            "update whatsapp_numbers set waba_id = @wabaId, is_waba_confirmed = true where id = @id and not is_waba_confirmed", new { id, wabaId });

    /// <summary>Adds a number under a given id, or updates it and resumes its sending. Nodes are not notified: it is for commands.</summary>
    public static Task PutAsync(
        NpgsqlConnection connection, Guid organizationId, Guid id, string phoneNumberId, string phoneNumber, string displayName, byte[] accessToken,
        CancellationToken cancellationToken)
    {
        const string Sql = $"""
            insert into whatsapp_numbers (id, organization_id, phone_number_id, phone_number, display_name, access_token)
            values (@id, @organizationId, @phoneNumberId, @phoneNumber, @displayName, @accessToken)
            on conflict (id) do update
            set phone_number_id = excluded.phone_number_id, lost_phone_number_id = null, phone_number = excluded.phone_number,
                access_token = excluded.access_token, is_active = true, {Resumed}, updated_at = now()
            """;

        return connection.ExecuteAsync(new CommandDefinition(
            Sql, new { id, organizationId, phoneNumberId, phoneNumber, displayName, accessToken }, cancellationToken: cancellationToken));
    }

    /// <summary>The encrypted values of one of <see cref="SecretColumns"/>, of all organizations.</summary>
    public static async Task<IReadOnlyList<(Guid Id, byte[] Secret)>> SecretsAsync(
        NpgsqlConnection connection, string column, CancellationToken cancellationToken)
        => (await connection.QueryAsync<(Guid Id, byte[] Secret)>(new CommandDefinition(
            $"select id, {column} from whatsapp_numbers where {column} is not null", cancellationToken: cancellationToken))).AsList();

    /// <summary>Replaces one of <see cref="SecretColumns"/>, unless somebody has saved another value meanwhile.</summary>
    /// <returns>Whether it was replaced.</returns>
    public static async Task<bool> ReplaceSecretAsync(
        NpgsqlConnection connection, string column, Guid id, byte[] old, byte[] anew, CancellationToken cancellationToken)
        => await connection.ExecuteAsync(new CommandDefinition(
            $"update whatsapp_numbers set {column} = @anew where id = @id and {column} = @old",
            new { id, old, anew }, cancellationToken: cancellationToken)) > 0;

    private async Task<Row?> RowAsync(Guid organizationId, Guid id, CancellationToken cancellationToken)
    {
        const string Sql = $"""
            select {Columns}
            from whatsapp_numbers n
            where n.organization_id = @organizationId and n.id = @id
            """;

        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(Sql, new { organizationId, id }, cancellationToken: cancellationToken));
    }

    // Saves within the quota, and takes the number from the organization that has lost it, in one commit.
    private async Task<NumberSaved> TakeAsync(
        Guid organizationId, NumberClaim? from, bool isClaim, string sql, object parameters, NumberSaved ifMissing, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            "select pg_advisory_xact_lock(@QuotaLock, hashtext(@organizationId::text))", new { QuotaLock, organizationId }, transaction, cancellationToken: cancellationToken));
        if (from is not null && await LoseAsync(transaction, from, cancellationToken) is false) return new NumberSaved.Taken();
        if (await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken)) is not { } row)
            return ifMissing;
        var most = options.Value.NumbersPerOrganization;
        if (isClaim && row.IsActive && await IsAboveAsync(transaction, organizationId, most, cancellationToken)) return new NumberSaved.TooMany(most);
        await transaction.CommitAsync(cancellationToken);

        if (from is not null) Publish(from.Id, new(from.OrganizationId, from.Id, row.UpdatedAt, null, Lost));
        Publish(row.Id, new(row.OrganizationId, row.Id, row.SendingStoppedAt, row.SendingStoppedCode, row.SendingStoppedReason));
        return new NumberSaved.Done(Shown(row));
    }

    // Unless it was saved again meanwhile, perhaps with a token that proves it.
    private async Task<bool> LoseAsync(NpgsqlTransaction transaction, NumberClaim from, CancellationToken cancellationToken)
    {
        const string Sql = """
            update whatsapp_numbers
            set lost_phone_number_id = phone_number_id, phone_number_id = 'lost:' || id, is_active = false,
                sending_stopped_at = @now, sending_stopped_code = null, sending_stopped_reason = @Lost, updated_at = @now
            where id = @Id and phone_number_id = @PhoneNumberId and access_token = @AccessToken and is_active = @IsActive
            """;
        return await transaction.Connection!.ExecuteAsync(new CommandDefinition(
            Sql, new { from.Id, from.PhoneNumberId, from.AccessToken, from.IsActive, Lost, now = time.UtcNow() }, transaction, cancellationToken: cancellationToken)) > 0;
    }

    private static Task<bool> IsAboveAsync(NpgsqlTransaction transaction, Guid organizationId, int most, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select count(*) > @most from whatsapp_numbers where organization_id = @organizationId and is_active",
            new { organizationId, most }, transaction, cancellationToken: cancellationToken));

    private void Publish(Guid id, NumberSending sending)
    {
        bus.Publish(Topic, id.ToString());
        bus.Publish(NumberSending.Topic, sending.ToHint());
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private byte[]? Seal(string? secret, Guid id, string column) => NullIfEmpty(secret?.Trim()) is { } text ? box.Seal(text, PlaceOf(id, column)) : null;

    private async Task<Guid?> DeletedAsync(Guid organizationId, string phoneNumberId, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Guid?>(new CommandDefinition(
            "select id from whatsapp_numbers where phone_number_id = @phoneNumberId and organization_id = @organizationId and not is_active",
            new { organizationId, phoneNumberId }, cancellationToken: cancellationToken));
    }

    private Number Shown(Row row) => new()
    {
        Id = row.Id,
        OrganizationId = row.OrganizationId,
        PhoneNumberId = row.PhoneNumberId,
        PhoneNumber = row.PhoneNumber,
        DisplayName = row.DisplayName,
        WabaId = row.WabaId,
        IsActive = row.IsActive,
        AccessTokenLast4 = Last4(row.AccessToken, row.Id, AccessToken),
        AppSecretLast4 = Last4(row.AppSecret, row.Id, AppSecret),
        WebhookVerifyTokenLast4 = Last4(row.WebhookVerifyToken, row.Id, VerifyToken),
        SendingStoppedAt = row.SendingStoppedAt,
        SendingStoppedCode = row.SendingStoppedCode,
        SendingStoppedReason = row.SendingStoppedReason,
        CreatedAt = row.CreatedAt,
        UpdatedAt = row.UpdatedAt,
    };

    // Four characters would be half of a short secret; one that no key decrypts still shows that it is set.
    private string? Last4(byte[]? closed, Guid id, string column)
        => closed is null ? null : box.TryOpen(closed, PlaceOf(id, column), out var secret) && secret.Length > 8 ? secret[^4..] : "****";

    private sealed record Row(
        Guid Id, Guid OrganizationId, string PhoneNumberId, string? WabaId, string PhoneNumber, string DisplayName, byte[] AccessToken,
        byte[]? AppSecret, byte[]? WebhookVerifyToken, bool IsActive, DateTime? SendingStoppedAt, string? SendingStoppedCode, string? SendingStoppedReason,
        DateTime CreatedAt, DateTime UpdatedAt);
}

/// <summary>The outcome of saving a number.</summary>
internal abstract record NumberSaved
{
    public sealed record Done(Number Number) : NumberSaved;
    public sealed record Missing : NumberSaved;
    public sealed record Taken : NumberSaved;
    /// <summary>WhatsApp does not say that the number is the organization's.</summary>
    public sealed record Unproven(string Field, string Reason) : NumberSaved;
    public sealed record TooMany(int Most) : NumberSaved;
}
