namespace PyTake;

/// <summary>For what sends no signal: looks again and again until it is so.</summary>
public static class Wait
{
    public static Task Until(Func<bool> condition, TimeSpan? deadline = null) => Until(() => Task.FromResult(condition()), deadline);

    public static async Task Until(Func<Task<bool>> condition, TimeSpan? deadline = null)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        var end = DateTime.UtcNow + (deadline ?? TimeSpan.FromSeconds(10));
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < end, "It did not come to pass");
            await timer.WaitForNextTickAsync();
        }
    }
}
