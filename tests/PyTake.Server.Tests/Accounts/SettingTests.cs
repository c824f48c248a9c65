namespace PyTake.Accounts;

public sealed class SettingTests(AccountNode accounts) : IClassFixture<AccountNode>
{
    [Theory]
    [InlineData("Accounts:SigningKey", "")]
    [InlineData("Accounts:SigningKey", "short")]
    [InlineData("Accounts:AccessTokenLifetime", "00:00:00")]
    [InlineData("Accounts:LoginsPerMinute", "0")]
    [InlineData("Encryption:Keys:0", "not base64")]
    [InlineData("Encryption:Keys:0", "c2hvcnQ=")]
    [InlineData("Http:KnownProxies:0", "nginx")]
    [InlineData("Operations:OrganizationId", "acme")]
    [InlineData("WhatsApp:AppSecrets:0", "short")]
    [InlineData("WhatsApp:VerifyToken", "")]
    public void A_bad_setting_stops_the_start_and_is_named(string key, string value)
    {
        var refused = Assert.ThrowsAny<Exception>(() => TestNode.Start(accounts.Database, (key, value), ("Logging:LogLevel:Default", "None")));

        Assert.Contains(key.Replace(":0", "", StringComparison.Ordinal), refused.ToString());
    }
}
