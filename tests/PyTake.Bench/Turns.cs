namespace PyTake.Bench;

/// <summary>
/// The measured part of a disturbed round: a while without the disturbers, a while beside them, and again, so that whatever else the machine does
/// meets both.
/// </summary>
internal sealed class Turns(DisturbersProcess disturbers) : IDisposable
{
    /// <summary>How often the load is measured without them, and as often beside them.</summary>
    public const int Pairs = 6;

    // What the one leaves behind is not in the other.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    /// <summary>Each turn without them, and the one after it, beside them.</summary>
    public List<(Window Without, Window Beside)> Taken { get; } = [];

    /// <summary>How long all of them take.</summary>
    public static TimeSpan All(TimeSpan each) => 2 * Pairs * (Settling + each);

    /// <summary>Has them be there for so long before anything is measured: what a node does for the first time takes longer.</summary>
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
