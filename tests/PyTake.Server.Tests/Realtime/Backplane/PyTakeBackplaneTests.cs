namespace PyTake.Realtime;

/// <summary>Our backplane keeps the contract, and more.</summary>
public sealed class PyTakeBackplaneTests(Cluster cluster) : BackplaneContract<Cluster>(cluster)
{
    [Fact]
    public async Task A_slow_browser_is_closed_and_stalls_nobody_in_its_group_P6()
    {
        await using var slow = await Browser.OpenAsync(Nodes.Two, receiveBuffer: 4096);
        await using var quick = await Browser.OpenAsync(Nodes.Two);

        Assert.Null(await StallsAt(slow, quick));
    }

    [Fact]
    public Task Adding_a_connection_that_is_nowhere_is_no_error_and_no_long_wait()
        => One.Groups.AddToGroupAsync("nobody", NewGroup, Stop).WaitAsync(TimeSpan.FromSeconds(2), Stop);
}
