namespace PyTake.Faults.Checking;

/// <summary>How a promise can be broken.</summary>
internal enum Breach
{
    /// <summary>A message that was answered 200 is missing from the database or from a screen, or is shown in an old state.</summary>
    Lost,
    /// <summary>A message is there twice.</summary>
    Repeated,
    /// <summary>A message precedes one that was sent before it.</summary>
    OutOfOrder,
    /// <summary>A conversation's seqs have a gap or a duplicate, or its counts are wrong.</summary>
    Hole,
    /// <summary>A customer got a message twice, or got one that is marked as failed.</summary>
    SentTwice,
    /// <summary>A user saw data of another organization.</summary>
    Foreign,
    /// <summary>Work was left undone.</summary>
    Stuck,
}

/// <summary>One breach, with a text that says what is wrong.</summary>
internal sealed record Violation(Breach Breach, string Text)
{
    public override string ToString() => $"{Breach}: {Text}";
}
