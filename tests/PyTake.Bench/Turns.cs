namespace PyTake.Bench;

/// <summary>
/// The measured part of a disturbed round: a while without the disturbers, a while beside them, and again, so that whatever else the machine does
/// meets both.
/// </summary>
internal sealed class Turns(DisturbersProcess disturbers) : IDisposable
{
    /// <summary>How often the load is measured without them, and as often beside them.</summary>
    public const int Pairs = 3;

    // What the one leaves behind is not in the other.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    public List<Window> Calm { get; } = [];

    public List<Window> Disturbed { get; } = [];

    /// <summary>How long all of them take.</summary>
    public static TimeSpan All(TimeSpan each) => 2 * Pairs * (Settling + each);

    public async Task TakeAsync(TimeSpan each)
    {
        for (var n = 0; n < Pairs; n++)
        {
            await TakeAsync(Calm, each);
            disturbers.Begin();
            await TakeAsync(Disturbed, each);
            disturbers.End();
        }
    }

    public void Dispose() => disturbers.Dispose();

    private static async Task TakeAsync(List<Window> turns, TimeSpan length)
    {
        await Task.Delay(Settling);
        var turn = new Window();
        turn.Open();
        await Task.Delay(length);
        turn.Close();
        turns.Add(turn);
    }
}
