namespace PyTake.Jobs;

public sealed class JobSettingTests
{
    [Theory]
    [InlineData("Jobs:Provider", "quartz")]
    [InlineData("Jobs:Provider", "")]
    [InlineData("Jobs:Linger", "00:00:00")]
    [InlineData("Jobs:InvisibilityTimeout", "1.00:00:00")]
    public async Task What_is_badly_set_stops_the_start_and_is_named(string key, string value)
    {
        var (exitCode, output) = await ServerProcess.Run(
            [], ("ConnectionStrings:Postgres", TestEnvironment.Postgres), ("ConnectionStrings:Redis", TestEnvironment.Redis), (key, value));

        Assert.NotEqual(0, exitCode);
        Assert.Contains(key, output, StringComparison.Ordinal);
    }
}
