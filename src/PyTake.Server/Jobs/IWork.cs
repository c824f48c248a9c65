namespace PyTake.Jobs;

/// <summary>
/// What takes up work by itself. A node that leaves stops it first, while it still serves its clients, so that others go on with the
/// work; the host may stop it once more.
/// </summary>
public interface IWork : IHostedService;
