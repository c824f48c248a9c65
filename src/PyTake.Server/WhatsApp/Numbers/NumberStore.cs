using Dapper;
using Npgsql;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.Nodes;

namespace PyTake.WhatsApp.Numbers;

/// <summary>All SQL of the numbers. What is for users takes their organization, and finds nothing outside it.</summary>
/// <remarks>Topic <c>numbers</c> of <see cref="NodeBus"/> carries the id of a number that was saved or deleted.</remarks>
internal sealed class NumberStore(NpgsqlDataSource db, SecretBox box, NodeBus bus, TimeProvider time)
{
    public const string Topic = "numbers";

    /// <summary>The columns whose values are encrypted.</summary>
    public static readonly string[] SecretColumns = ["access_token", "app_secret", "webhook_verify_token"];

    private const string Columns = """
        n.id, n.organization_id, n.phone_number_id, n.waba_id, n.phone_number, n.display_name, n.access_token, n.app_secret,
        n.webhook_verify_token, n.is_active, n.sending_stopped_at, n.sending_stopped_code, n.sending_stopped_reason, n.created_at, n.updated_at
        """;

    private const string Resumed = "sending_stopped_at = null, sending_stopped_code = null, sending_stopped_reason = null";

    // Webhook items for this number that arrived before it was added become due in the same commit.
    private static readonly string MakeWaitingItemsDue = WaitingItems.MakeDue("array(select phone_number_id from n where is_active)");

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
            ? (row.WabaId ?? row.PhoneNumberId, box.TryOpen(row.AccessToken, out var accessToken) ? accessToken : null)
            : null;

    /// <summary>Adds a number. One that the organization had deleted is restored with its conversations.</summary>
    /// <returns>Null if any organization, this one included, already uses the phone_number_id.</returns>
    public async Task<Number?> AddAsync(Guid organizationId, CreateNumberRequest request, CancellationToken cancellationToken)
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
                where n.organization_id = excluded.organization_id and not n.is_active
                returning *
            ), due as ({MakeWaitingItemsDue})
            select {Columns}
            from n
            """;

        return await SaveAsync(sql, new
        {
            id = Guid.CreateVersion7(),
            organizationId,
            PhoneNumberId = request.PhoneNumberId!.Trim(),
            WabaId = NullIfEmpty(request.WabaId?.Trim()),
            PhoneNumber = request.PhoneNumber!.Trim(),
            DisplayName = request.DisplayName!.Trim(),
            accessToken = box.Seal(request.AccessToken!.Trim()),
            appSecret = Seal(request.AppSecret),
            verifyToken = Seal(request.WebhookVerifyToken),
            now = time.UtcNow(),
        }, cancellationToken);
    }

    /// <summary>Saves the given values; an empty secret is cleared. If sending was stopped, it resumes.</summary>
    public async Task<NumberSaved> ChangeAsync(Guid organizationId, Guid id, NumberChange change, CancellationToken cancellationToken)
    {
        var sql = $"""
            with n as (
                update whatsapp_numbers n
                set phone_number_id = coalesce(@PhoneNumberId, phone_number_id),
                    waba_id = case when @WabaId is null then waba_id else nullif(@WabaId, '') end,
                    is_waba_confirmed = is_waba_confirmed and @WabaId is null and @PhoneNumberId is null,
                    phone_number = coalesce(@PhoneNumber, phone_number), display_name = coalesce(@DisplayName, display_name),
                    access_token = coalesce(@accessToken, access_token),
                    app_secret = case when @AppSecret is null then app_secret else @sealedAppSecret end,
                    webhook_verify_token = case when @WebhookVerifyToken is null then webhook_verify_token else @sealedVerifyToken end,
                    is_active = coalesce(@IsActive, is_active),
                    {Resumed}, updated_at = @now
                where n.organization_id = @organizationId and n.id = @id
                returning *
            ), due as ({MakeWaitingItemsDue})
            select {Columns}
            from n
            """;

        if (change.PhoneNumberId is { } wanted && await IsTakenAsync(wanted.Trim(), id, cancellationToken)) return new NumberSaved.Taken();
        try
        {
            return await SaveAsync(sql, new
            {
                organizationId,
                id,
                PhoneNumberId = change.PhoneNumberId?.Trim(),
                WabaId = change.WabaId?.Trim(),
                PhoneNumber = change.PhoneNumber?.Trim(),
                DisplayName = change.DisplayName?.Trim(),
                accessToken = Seal(change.AccessToken),
                change.AppSecret,
                sealedAppSecret = Seal(change.AppSecret),
                change.WebhookVerifyToken,
                sealedVerifyToken = Seal(change.WebhookVerifyToken),
                change.IsActive,
                now = time.UtcNow(),
            }, cancellationToken) is { } number ? new NumberSaved.Done(number) : new NumberSaved.Missing();
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // Another request took it after the check above.
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
            set phone_number_id = excluded.phone_number_id, phone_number = excluded.phone_number,
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

    private async Task<bool> IsTakenAsync(string phoneNumberId, Guid byOtherThan, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            "select exists (select from whatsapp_numbers where phone_number_id = @phoneNumberId and id <> @byOtherThan)",
            new { phoneNumberId, byOtherThan }, cancellationToken: cancellationToken));
    }

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

    private async Task<Number?> SaveAsync(string sql, object parameters, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        if (await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(sql, parameters, cancellationToken: cancellationToken)) is not { } row)
            return null;
        bus.Publish(Topic, row.Id.ToString());
        bus.Publish(NumberSending.Topic, new NumberSending(
            row.OrganizationId, row.Id, row.SendingStoppedAt, row.SendingStoppedCode, row.SendingStoppedReason).ToHint());
        return Shown(row);
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private byte[]? Seal(string? secret) => NullIfEmpty(secret?.Trim()) is { } text ? box.Seal(text) : null;

    private Number Shown(Row row) => new()
    {
        Id = row.Id,
        OrganizationId = row.OrganizationId,
        PhoneNumberId = row.PhoneNumberId,
        PhoneNumber = row.PhoneNumber,
        DisplayName = row.DisplayName,
        WabaId = row.WabaId,
        IsActive = row.IsActive,
        AccessTokenLast4 = Last4(row.AccessToken),
        AppSecretLast4 = Last4(row.AppSecret),
        WebhookVerifyTokenLast4 = Last4(row.WebhookVerifyToken),
        SendingStoppedAt = row.SendingStoppedAt,
        SendingStoppedCode = row.SendingStoppedCode,
        SendingStoppedReason = row.SendingStoppedReason,
        CreatedAt = row.CreatedAt,
        UpdatedAt = row.UpdatedAt,
    };

    // Four characters would be half of a short secret; one that no key decrypts still shows that it is set.
    private string? Last4(byte[]? closed) => closed is null ? null : box.TryOpen(closed, out var secret) && secret.Length > 8 ? secret[^4..] : "****";

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
}
