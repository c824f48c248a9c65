using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Accounts;
using PyTake.Database;

namespace PyTake.Operations;

/// <summary>The organization that a demo system starts with. Loading it again updates only the settings of its WhatsApp number.</summary>
internal sealed partial class DemoData(
    NpgsqlDataSource db, Passwords passwords, SecretBox box, IOptions<DemoOptions> options, ILogger<DemoData> logger)
{
    public static readonly Guid OrganizationId = DemoOptions.OrganizationId;
    public static readonly Guid AdminId = Guid.Parse("de300000-0000-7000-8000-000000000002");
    public static readonly Guid AgentId = Guid.Parse("de300000-0000-7000-8000-000000000003");
    public static readonly Guid NumberId = Guid.Parse("de300000-0000-7000-8000-000000000004");

    private static readonly (string ShortCode, string Text)[] CannedResponses =
    [
        ("hello", "Hello! How can we help you today?"),
        ("moment", "One moment please, I am looking into it."),
        ("thanks", "Thank you for your message. Have a nice day!"),
    ];

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await AddOrganizationAsync(transaction, cancellationToken);
        await AddUserAsync(transaction, AdminId, "admin@pytake.com", "Admin123", "Demo Admin", Role.OrgAdmin, cancellationToken);
        await AddUserAsync(transaction, AgentId, "agent@pytake.com", "Agent123", "Demo Agent", Role.Agent, cancellationToken);
        await SaveNumberAsync(transaction, cancellationToken);
        await AddCannedResponsesAsync(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        LogLoaded(OrganizationId);
    }

    private static Task AddOrganizationAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
        => ExecuteAsync(transaction, """
            insert into organizations (id, name) values (@OrganizationId, 'PyTake Demo') on conflict do nothing;
            insert into inbox_counters (organization_id) values (@OrganizationId) on conflict do nothing
            """, new { OrganizationId }, cancellationToken);

    private async Task AddUserAsync(
        NpgsqlTransaction transaction, Guid id, string email, string password, string fullName, string role, CancellationToken cancellationToken)
        => await ExecuteAsync(transaction, """
            insert into users (id, organization_id, email, password_hash, full_name, role, agent_status)
            values (@id, @OrganizationId, @email, @hash, @fullName, @role, 'available')
            on conflict do nothing
            """,
            new { id, OrganizationId, email, hash = await passwords.HashAsync(password, cancellationToken), fullName, role }, cancellationToken);

    private Task SaveNumberAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
        => ExecuteAsync(transaction, """
            insert into whatsapp_numbers (id, organization_id, phone_number_id, phone_number, display_name, access_token)
            values (@NumberId, @OrganizationId, @PhoneNumberId, @DisplayPhoneNumber, 'PyTake Demo', @token)
            on conflict (id) do update
            set phone_number_id = excluded.phone_number_id, phone_number = excluded.phone_number,
                access_token = excluded.access_token, is_active = true, sending_stopped_at = null, sending_stopped_reason = null,
                updated_at = now()
            """,
            new { NumberId, OrganizationId, options.Value.PhoneNumberId, options.Value.DisplayPhoneNumber, token = box.Seal(options.Value.AccessToken) },
            cancellationToken);

    private static async Task AddCannedResponsesAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        foreach (var (shortCode, text) in CannedResponses)
            await ExecuteAsync(transaction, """
                insert into canned_responses (id, organization_id, short_code, text)
                values (@id, @OrganizationId, @shortCode, @text)
                on conflict do nothing
                """, new { id = Guid.CreateVersion7(), OrganizationId, shortCode, text }, cancellationToken);
    }

    private static Task ExecuteAsync(NpgsqlTransaction transaction, string sql, object parameters, CancellationToken cancellationToken)
        => transaction.Connection!.ExecuteAsync(new CommandDefinition(sql, parameters, transaction, cancellationToken: cancellationToken));

    [LoggerMessage(1003, LogLevel.Information, "Demo organization {OrganizationId} is loaded")]
    private partial void LogLoaded(Guid organizationId);
}
