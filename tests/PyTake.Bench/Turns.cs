namespace PyTake.Bench;

/// <summary>
/// The measured part of a disturbed round: turns without the disturbers and with them alternate, so that other load on the machine affects
/// both alike.
/// </summary>
internal sealed class Turns(DisturbersProcess disturbers) : IDisposable
{
    /// <summary>How often the load is measured without them, and as often with them.</summary>
    public const int Pairs = 6;

    // Keeps the after-effects of one turn out of the next.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    /// <summary>Each turn without them, and the next one with them.</summary>
    public List<(Window Without, Window Beside)> Taken { get; } = [];

    /// <summary>How long all turns take.</summary>
    public static TimeSpan All(TimeSpan each) => 2 * Pairs * (Settling + each);

    /// <summary>Runs the disturbers for a while before anything is measured, because a node is slower at what it does for the first time.</summary>
    public async Task WarmUpAsync(TimeSpan length)
    {
        disturbers.Begin();
        await Task.Delay(length);
        disturbers.End();
    }

    public async Task TakeAsync(TimeSpan each)
    {
        for (var n = 0; n < Pairs; n++)
        {
            var without = await TurnAsync(each);
            disturbers.Begin();
            Taken.Add((without, await TurnAsync(each)));
            disturbers.End();
        }
    }

    public void Dispose() => disturbers.Dispose();

    private static async Task<Window> TurnAsync(TimeSpan length)
    {
        await Task.Delay(Settling);
        var turn = new Window();
        turn.Open();
        await Task.Delay(length);
        turn.Close();
        return turn;
    }
}
