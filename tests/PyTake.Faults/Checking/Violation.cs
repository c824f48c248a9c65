namespace PyTake.Faults.Checking;

/// <summary>How a promise can break.</summary>
internal enum Breach
{
    /// <summary>What was answered 200 is not in the database, or not on a screen, or is there in an old state.</summary>
    Lost,
    /// <summary>It is there twice.</summary>
    Repeated,
    /// <summary>It stands before what it came after.</summary>
    OutOfOrder,
    /// <summary>A conversation's numbers have a hole, or one is taken twice, or its counts are wrong.</summary>
    Hole,
    /// <summary>A customer got a message twice, or got one that is called failed.</summary>
    SentTwice,
    /// <summary>Somebody saw another organization.</summary>
    Foreign,
    /// <summary>Work is left undone.</summary>
    Stuck,
}

/// <summary>One breach, in words that name what is wrong.</summary>
internal sealed record Violation(Breach Breach, string Text)
{
    public override string ToString() => $"{Breach}: {Text}";
}
