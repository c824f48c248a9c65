using System.Net;
using PyTake.Json;

namespace PyTake.Accounts;

/// <summary>A node with open registration, high rate limits, and password hashes that are cheap to compute.</summary>
public sealed class AccountNode : IAsyncLifetime
{
    public const string Password = "a rainy day in Lisbon";

    private static int _count;

    public TestDatabase Database { get; private set; } = null!;
    public TestNode Node { get; private set; } = null!;

    public static readonly (string, string)[] Settings =
    [
        ("Accounts:Registration", "true"), ("Accounts:PasswordIterations", "1000"), ("Accounts:LoginsPerMinute", "1000"),
        ("Accounts:FailedLoginsPerMinute", "1000"), ("Accounts:RefreshesPerMinute", "1000"), ("Accounts:RegistrationsPerMinute", "1000"),
        ("Accounts:PublicUrl", "https://inbox.example.com"),
    ];

    public static string NewEmail() => $"user{Interlocked.Increment(ref _count)}@example.com";

    /// <summary>Registers an organization for the test, through the API.</summary>
    public async Task<Registered> Register()
    {
        var email = NewEmail();
        var body = (await Node.Client().Post("/api/v1/auth/register",
            new { email, password = Password, full_name = "Rita", organization_name = "Acme" })).Expect(HttpStatusCode.Created).Body;
        var user = body.GetProperty("user");
        return new Registered(
            user.GetProperty("id").GetGuid(), user.GetProperty("organization_id").GetGuid(), email, body.GetProperty("token").Deserialize(),
            Node.Client(body.GetProperty("token").GetProperty("access_token").GetString()));
    }

    public Task<Answer> LogIn(string email, string password = Password)
        => Node.Client().Post("/api/v1/auth/login", new { email, password });

    public Task<Answer> Refresh(string refreshToken)
        => Node.Client().Post("/api/v1/auth/refresh", new { refresh_token = refreshToken });

    public async ValueTask InitializeAsync()
    {
        Database = await TestDatabase.CreateAsync();
        Node = TestNode.Start(Database, Settings);
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        await Database.DisposeAsync();
    }
}

public sealed record Registered(Guid UserId, Guid OrganizationId, string Email, Token Token, HttpClient Http);

internal static class LoginAnswerParts
{
    /// <summary>The cookie that marks the device, as a client sends it.</summary>
    public static string DeviceCookie(this Answer login)
        => login.Header("Set-Cookie").Split([';', ' ']).Single(part => part.StartsWith("pytake_device_", StringComparison.Ordinal));

    public static Token Deserialize(this System.Text.Json.JsonElement json)
        => System.Text.Json.JsonSerializer.Deserialize<Token>(json, Wire.Options)!;
}
