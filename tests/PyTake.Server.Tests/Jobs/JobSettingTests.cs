namespace PyTake.Jobs;

public sealed class JobSettingTests
{
    [Theory]
    [InlineData("Jobs:InvisibilityTimeout", "1.00:00:00", "must be between")]
    [InlineData("Jobs:Provider", "builtin", "Hangfire is the only engine")]
    [InlineData("Jobs:Provider", "hangfire", "Hangfire is the only engine")]
    [InlineData("Jobs:Linger", "00:00:10", "a pump runs for as long as its node works")]
    public async Task A_bad_or_former_setting_stops_the_start_with_a_message(string key, string value, string words)
    {
        var (exitCode, output) = await ServerProcess.Run(
            [], ("ConnectionStrings:Postgres", TestEnvironment.Postgres), ("ConnectionStrings:Redis", TestEnvironment.Redis), (key, value));

        Assert.NotEqual(0, exitCode);
        Assert.Contains(key, output, StringComparison.Ordinal);
        Assert.Contains(words, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_former_setting_with_an_empty_value_is_ignored()
    {
        await using var database = await TestDatabase.CreateAsync();
        await using var node = TestNode.Start(database, ("Jobs:Provider", ""));
        (await node.Client().Get("/health/live")).Expect(System.Net.HttpStatusCode.OK);
    }
}
