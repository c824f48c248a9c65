using Microsoft.Extensions.Options;
using Npgsql;
using PyTake.Accounts;
using PyTake.Conversations;
using PyTake.Database;
using PyTake.WhatsApp.Numbers;

namespace PyTake.Operations;

/// <summary>The organization that a demo system starts with. Loading it again updates only the settings of its WhatsApp number.</summary>
internal sealed partial class DemoData(
    NpgsqlDataSource db, OrganizationStore organizations, UserStore users, Passwords passwords, SecretBox box, CannedResponses cannedResponses,
    IOptions<DemoOptions> options, ILogger<DemoData> logger)
{
    public static readonly Guid OrganizationId = DemoOptions.OrganizationId;
    public static readonly Guid AdminId = Guid.Parse("de300000-0000-7000-8000-000000000002");
    public static readonly Guid AgentId = Guid.Parse("de300000-0000-7000-8000-000000000003");
    public static readonly Guid NumberId = Guid.Parse("de300000-0000-7000-8000-000000000004");

    private static readonly (string ShortCode, string Text)[] Texts =
    [
        ("hello", "Hello! How can we help you today?"),
        ("moment", "One moment please, I am looking into it."),
        ("thanks", "Thank you for your message. Have a nice day!"),
    ];

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await AddOrganizationAsync(cancellationToken);
        await AddUserAsync(AdminId, "admin@pytake.com", "Admin123", "Demo Admin", Role.OrgAdmin, cancellationToken);
        await AddUserAsync(AgentId, "agent@pytake.com", "Agent123", "Demo Agent", Role.Agent, cancellationToken);
        await SaveNumberAsync(cancellationToken);
        foreach (var (shortCode, text) in Texts) await cannedResponses.AddAsync(OrganizationId, shortCode, text, cancellationToken);
        LogLoaded(OrganizationId);
    }

    private async Task AddOrganizationAsync(CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await organizations.AddAsync(transaction, OrganizationId, "PyTake Demo", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task AddUserAsync(Guid id, string email, string password, string fullName, string role, CancellationToken cancellationToken)
    {
        using var place = passwords.Enter(PasswordLane.Members, email);
        var hash = await passwords.HashAsync(place, password, [], cancellationToken);
        await users.AddAsync(new NewUser(id, OrganizationId, email, hash, fullName, role, AgentStatus: "available"), cancellationToken);
    }

    private async Task SaveNumberAsync(CancellationToken cancellationToken)
    {
        var demo = options.Value;
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await NumberStore.PutAsync(
            connection, OrganizationId, NumberId, demo.PhoneNumberId, demo.DisplayPhoneNumber, "PyTake Demo",
            box.Seal(demo.AccessToken, NumberStore.PlaceOf(NumberId)), cancellationToken);
    }

    [LoggerMessage(1003, LogLevel.Information, "Demo organization {OrganizationId} is loaded")]
    private partial void LogLoaded(Guid organizationId);
}
