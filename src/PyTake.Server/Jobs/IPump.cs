namespace PyTake.Jobs;

/// <summary>
/// Work that is done as it arrives, by one loop on each node with workers. The loop is woken by a signal in memory, which costs nothing.
/// Signals are lost with their node, so each pump also checks its tables from time to time.
/// </summary>
public interface IPump
{
    /// <summary>Shown in logs and on the dashboard.</summary>
    string Name { get; }

    /// <summary>Works until cancelled, then returns normally. Begins by checking the tables.</summary>
    Task RunAsync(CancellationToken stoppingToken);
}
