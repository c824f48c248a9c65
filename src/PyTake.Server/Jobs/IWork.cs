namespace PyTake.Jobs;

/// <summary>
/// A service that starts work on its own. A draining node stops these first, while it still serves its clients, so that other nodes take
/// over the work; the host may stop it a second time.
/// </summary>
public interface IWork : IHostedService;
