using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PyTake.Accounts;

/// <summary>Hashes passwords and checks them: PBKDF2, as ASP.NET Core Identity stores them.</summary>
/// <remarks>A check keeps a core busy for a tenth of a second, so it never runs on the thread pool, which has messages to deliver
/// meanwhile, and at most half of the cores run checks: a flood of logins queues here.</remarks>
internal sealed class Passwords : IDisposable
{
    private readonly PasswordHasher<object> _hasher;
    private readonly string _dummyHash;
    private readonly SemaphoreSlim _cores = new(Math.Max(1, Environment.ProcessorCount / 2));

    public Passwords(IOptions<AccountOptions> options)
    {
        _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = options.Value.PasswordIterations }));
        _dummyHash = _hasher.HashPassword(this, Guid.NewGuid().ToString());
    }

    /// <summary>The hash to store for a password.</summary>
    public Task<string> HashAsync(string password, CancellationToken cancellationToken)
        => OnACoreAsync(() => _hasher.HashPassword(this, password), cancellationToken);

    /// <summary>Verifies a password. Without a hash (there is no such account) it fails after the same time.</summary>
    public async Task<PasswordVerificationResult> VerifyAsync(string? hash, string password, CancellationToken cancellationToken)
    {
        var result = await OnACoreAsync(() => _hasher.VerifyHashedPassword(this, hash ?? _dummyHash, password), cancellationToken);
        return hash is null ? PasswordVerificationResult.Failed : result;
    }

    public void Dispose() => _cores.Dispose();

    private async Task<T> OnACoreAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _cores.WaitAsync(cancellationToken);
        try
        {
            return await Task.Factory.StartNew(work, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        finally
        {
            _cores.Release();
        }
    }
}
