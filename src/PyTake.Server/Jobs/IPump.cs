namespace PyTake.Jobs;

/// <summary>
/// Work that is done as it comes, by one loop on each node that works. A signal reaches the loop in memory and costs nothing. A signal
/// may be lost with its node, so each pump also looks into its tables from time to time.
/// </summary>
public interface IPump
{
    /// <summary>For logs and the dashboard.</summary>
    string Name { get; }

    /// <summary>Works until it is cancelled, and then returns normally. It looks into the tables first.</summary>
    Task RunAsync(CancellationToken stoppingToken);
}
