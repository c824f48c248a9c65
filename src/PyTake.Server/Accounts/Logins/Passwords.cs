using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace PyTake.Accounts;

/// <summary>Hashes passwords and checks them.</summary>
/// <remarks>A check keeps a core busy for a tenth of a second, so it never runs on the thread pool, which has messages to deliver
/// meanwhile, and at most half of the cores run checks: a flood of logins queues here.</remarks>
internal sealed class Passwords(IOptions<AccountOptions> options) : IDisposable
{
    private readonly PasswordHash _dummy = PasswordHash.Of(Guid.NewGuid().ToString(), options.Value.PasswordIterations, null);
    private readonly SemaphoreSlim _cores = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>The hash to store for a password.</summary>
    /// <param name="password">As it was typed.</param>
    /// <param name="others">
    /// The hashes of the accounts with the same e-mail address. The new one gets their salt, so that a login compares its password with all of them in the
    /// time of one, which does not tell how many there are.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for a core.</param>
    public Task<string> HashAsync(string password, IEnumerable<string> others, CancellationToken cancellationToken)
    {
        var iterations = options.Value.PasswordIterations;
        var salt = others.Select(PasswordHash.TryParse).FirstOrDefault(other => other?.Iterations == iterations)?.Salt;
        return OnACoreAsync(() => PasswordHash.Of(password, iterations, salt).ToString(), cancellationToken);
    }

    /// <summary>Compares a password with the hashes of the accounts that it may belong to. Without any it fails after the same time.</summary>
    /// <returns>The place of the first hash that fits; null if none does.</returns>
    public Task<int?> VerifyAsync(IReadOnlyList<string> hashes, string password, CancellationToken cancellationToken)
        => OnACoreAsync(() => Verify([.. hashes.Select(PasswordHash.TryParse)], password), cancellationToken);

    /// <summary>Whether a hash was made with fewer rounds than the settings ask for.</summary>
    public bool IsOutdated(string hash) => PasswordHash.TryParse(hash)?.Iterations < options.Value.PasswordIterations;

    public void Dispose() => _cores.Dispose();

    private int? Verify(PasswordHash?[] hashes, string password)
    {
        if (hashes.All(hash => hash is null)) _dummy.KeyOf(password);
        int? first = null;
        PasswordHash? last = null;
        byte[] key = [];
        for (var i = hashes.Length - 1; i >= 0; i--)
        {
            if (hashes[i] is not { } hash) continue;
            if (last is null || hash.Iterations != last.Iterations || hash.Key.Length != last.Key.Length || !hash.Salt.AsSpan().SequenceEqual(last.Salt))
                (last, key) = (hash, hash.KeyOf(password));
            if (CryptographicOperations.FixedTimeEquals(key, hash.Key)) first = i;
        }
        return first;
    }

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
