namespace PyTake.Accounts;

public sealed class SettingTests
{
    [Fact]
    public Task A_missing_setting_stops_the_start_and_is_named() => AssertRefused(
        [("ConnectionStrings:Postgres", ""), ("ConnectionStrings:Redis", "")],
        "ConnectionStrings:Postgres is not set", "ConnectionStrings:Redis is not set", "Accounts:SigningKey is not set", "Encryption:Keys:0 is not set",
        "WhatsApp:AppSecrets:0 is not set", "WhatsApp:VerifyToken is not set");

    [Fact]
    public Task An_invalid_setting_stops_the_start_and_is_named() => AssertRefused(
        [
            ("ConnectionStrings:Postgres", "Port=all"), ("ConnectionStrings:Redis", "localhost,proxy=all"),
            ("Accounts:SigningKey", "short"), ("Accounts:OtherSigningKeys:0", "short"), ("Accounts:AccessTokenLifetime", "00:00:00"),
            ("Accounts:RefreshTokenLifetime", "00:00:00"), ("Accounts:LoginsPerMinute", "0"), ("Accounts:PasswordIterations", "1"),
            ("Encryption:Keys:0", Convert.ToBase64String(new byte[32])), ("Encryption:Keys:1", "c2hvcnQ="),
            ("WhatsApp:AppSecrets:0", TestNode.AppSecret), ("WhatsApp:AppSecrets:1", "short"), ("WhatsApp:GraphBaseUrl", "meta"), ("WhatsApp:GraphVersion", "23"),
            ("Http:KnownProxies:0", "10.0.0.0/8"), ("Http:KnownProxies:1", "nginx"), ("Operations:OrganizationId", "acme"), ("Operations:LookInterval", "00:00:00"),
            ("Realtime:HoleWait", "00:00:09"), ("Realtime:AllowedOrigins:0", "inbox.example.com"), ("Backplane:NodeLease", "00:00:00"),
            ("Backplane:Provider", "rabbitmq"), ("Backplane:ChannelPrefix", ""), ("Outbound:SweepInterval", "00:00:00"), ("Webhooks:DeferredDays", "0"),
            ("SocketIo:PingInterval", "01:00:00"), ("Web:Root", ""),
        ],
        "ConnectionStrings:Postgres cannot be read", "ConnectionStrings:Redis cannot be read",
        "Accounts:SigningKey must have 32 characters or more", "Accounts:OtherSigningKeys:0 must have 32", "Accounts:AccessTokenLifetime must be between 10 s and a day",
        "Accounts:RefreshTokenLifetime must be more than AccessTokenLifetime", "Accounts:LoginsPerMinute must be 1 or more", "Accounts:PasswordIterations must be 1000 or more",
        "Encryption:Keys:1 must be the base64 of 32 bytes", "WhatsApp:AppSecrets:1 must have 16", "WhatsApp:GraphBaseUrl must be an address",
        "WhatsApp:GraphVersion must be a version", "Http:KnownProxies:1 must be", "Operations:OrganizationId must be a UUID",
        "Operations:LookInterval must be between 100 ms and 10 minutes", "Realtime:HoleWait must be between 1 ms and 1 s", "Realtime:AllowedOrigins:0 must be an origin",
        "Backplane:NodeLease must be between 500 ms and a minute", "Backplane:Provider must be pytake or microsoft", "Backplane:ChannelPrefix is not set",
        "Outbound:SweepInterval must be between 10 ms", "Webhooks:DeferredDays must be between 1 and 3650", "SocketIo:PingInterval must be between 100 ms and 5 minutes",
        "Web:Root is not set");

    private static async Task AssertRefused((string, string)[] settings, params string[] named)
    {
        var (exitCode, output) = await ServerProcess.Run([], [("ConnectionStrings:Postgres", TestEnvironment.Postgres), ("ConnectionStrings:Redis", TestEnvironment.Redis), .. settings]);

        Assert.Equal(1, exitCode);
        var last = output.TrimEnd().Split('\n')[^1];
        Assert.Contains("cannot go on", last, StringComparison.Ordinal);
        Assert.All(named, key => Assert.Contains(key, last, StringComparison.Ordinal));
    }
}
