namespace PyTake.Accounts;

public sealed class SettingTests
{
    [Fact]
    public Task What_is_not_set_stops_the_start_and_is_named() => AssertRefused(
        [], "Accounts:SigningKey", "Encryption:Keys:0", "WhatsApp:AppSecrets:0");

    [Fact]
    public Task What_is_badly_set_stops_the_start_and_is_named()
    {
        (string, string)[] settings =
        [
            ("Accounts:SigningKey", "short"), ("Accounts:AccessTokenLifetime", "00:00:00"), ("Accounts:LoginsPerMinute", "0"),
            ("Accounts:PasswordIterations", "1"), ("Encryption:Keys:0", Convert.ToBase64String(new byte[32])), ("Encryption:Keys:1", "c2hvcnQ="),
            ("Http:KnownProxies:0", "nginx"), ("Operations:OrganizationId", "acme"),
            ("Accounts:OtherSigningKeys:0", "short"), ("Realtime:HoleWait", "00:00:09"), ("Backplane:NodeLease", "00:00:00"),
            ("Outbound:SweepInterval", "00:00:00"), ("Webhooks:SetAsideDays", "0"), ("Operations:LookInterval", "00:00:00"),
            ("WhatsApp:AppSecrets:0", TestNode.AppSecret), ("WhatsApp:AppSecrets:1", "short"), ("Backplane:Provider", "rabbitmq"),
        ];
        return AssertRefused(
            settings, "Accounts:SigningKey", "Accounts:AccessTokenLifetime", "Accounts:LoginsPerMinute", "Accounts:PasswordIterations",
            "Encryption:Keys:1", "Http:KnownProxies", "Operations:OrganizationId", "WhatsApp:AppSecrets:1", "Backplane:Provider",
            "Accounts:OtherSigningKeys:0 must have 32", "Realtime:HoleWait must be between 1 ms and 1 s", "Backplane:NodeLease must be between 500 ms",
            "Outbound:SweepInterval: ", "Webhooks:SetAsideDays: ", "Operations:LookInterval must be");
    }


    private static async Task AssertRefused((string, string)[] settings, params string[] named)
    {
        var (exitCode, output) = await ServerProcess.Run([], [("ConnectionStrings:Postgres", TestEnvironment.Postgres), ("ConnectionStrings:Redis", TestEnvironment.Redis), .. settings]);

        Assert.Equal(1, exitCode);
        var last = output.TrimEnd().Split('\n')[^1];
        Assert.Contains("cannot go on", last, StringComparison.Ordinal);
        Assert.All(named, key => Assert.Contains(key, last, StringComparison.Ordinal));
    }
}
