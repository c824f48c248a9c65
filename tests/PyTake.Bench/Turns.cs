namespace PyTake.Bench;

/// <summary>
/// The measured part of a disturbed round: a while without the disturbers, a while beside them, and again, so that whatever else the machine does
/// meets both.
/// </summary>
internal sealed class Turns(DisturbersProcess disturbers)
{
    /// <summary>Between two turns: what the one leaves behind is not in the other.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    public List<Window> Calm { get; } = [];

    public List<Window> Disturbed { get; } = [];

    public async Task TakeAsync(TimeSpan each)
    {
        for (var n = 0; n < Pace.PairsOfTurns; n++)
        {
            await TakeAsync(Calm, each);
            disturbers.Begin();
            await TakeAsync(Disturbed, each);
            disturbers.End();
        }
    }

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
