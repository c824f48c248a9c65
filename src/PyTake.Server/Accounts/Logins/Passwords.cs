using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using PyTake.Http;

namespace PyTake.Accounts;

/// <summary>Hashes passwords and checks them.</summary>
/// <remarks>
/// Each keeps a core busy for a tenth of a second. So it never runs on the thread pool, which has messages to deliver meanwhile; at most half of the
/// cores do it, and only with what others leave of them; and what comes in excess of a few seconds' worth is refused at once (<see cref="FairQueue"/>).
/// </remarks>
internal sealed class Passwords(IOptions<AccountOptions> options)
{
    private const int PlacesForEachCore = 32;
    private static readonly int Cores = Math.Max(1, Environment.ProcessorCount / 2);

    private readonly PasswordHash _dummy = PasswordHash.Of(Guid.NewGuid().ToString(), options.Value.PasswordIterations, null);
    private readonly FairQueue _queue = new(Cores, Enum.GetValues<PasswordLane>().Length, Cores * PlacesForEachCore);
    private long _lastTook = Stopwatch.Frequency / 10;

    /// <summary>Takes a place in line, to be disposed when nothing more is to be hashed or checked there.</summary>
    /// <param name="key">For whom: those with the same key share what one of them gets.</param>
    /// <exception cref="OverloadException">The line is full.</exception>
    public FairQueue.Place Enter(PasswordLane lane, string key)
        => _queue.Enter((int)lane, key) ?? throw new OverloadException(byCaller: false, AWhile);

    /// <summary>The hash to store for a password, when it is this place's turn.</summary>
    /// <param name="place">Of <see cref="Enter"/>.</param>
    /// <param name="password">As it was typed.</param>
    /// <param name="others">
    /// The hashes of the accounts with the same e-mail address. The new one gets their salt, so that a login compares its password with all of them in the
    /// time of one, which does not tell how many there are.
    /// </param>
    /// <param name="cancellationToken">Ends the wait for the turn.</param>
    /// <exception cref="OverloadException">Another took the place.</exception>
    public Task<string> HashAsync(FairQueue.Place place, string password, IEnumerable<string> others, CancellationToken cancellationToken)
    {
        var iterations = options.Value.PasswordIterations;
        var salt = others.Select(PasswordHash.TryParse).FirstOrDefault(other => other?.Iterations == iterations)?.Salt;
        return OnACoreAsync(place, () => PasswordHash.Of(password, iterations, salt).ToString(), cancellationToken);
    }

    /// <summary>
    /// Compares a password with the hashes of the accounts that it may belong to, when it is this place's turn. Without any it fails after the same time.
    /// </summary>
    /// <returns>The index of the first hash that fits; null if none does.</returns>
    /// <exception cref="OverloadException">Another took the place.</exception>
    public Task<int?> VerifyAsync(FairQueue.Place place, IReadOnlyList<string> hashes, string password, CancellationToken cancellationToken)
        => OnACoreAsync(place, () => Verify([.. hashes.Select(PasswordHash.TryParse)], password), cancellationToken);

    /// <summary>Whether a hash was made with fewer rounds than the settings ask for.</summary>
    public bool IsOutdated(string hash) => PasswordHash.TryParse(hash)?.Iterations < options.Value.PasswordIterations;

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

    private async Task<T> OnACoreAsync<T>(FairQueue.Place place, Func<T> work, CancellationToken cancellationToken)
    {
        if (!await place.Turn.WaitAsync(cancellationToken)) throw new OverloadException(byCaller: true, AWhile);
        var started = Stopwatch.GetTimestamp();
        var result = await Task.Factory.StartNew(
            () =>
            {
                YieldToOthers();
                return work();
            }, cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Volatile.Write(ref _lastTook, Stopwatch.GetTimestamp() - started);
        return result;
    }

    // How long a full lane takes.
    private TimeSpan AWhile => PlacesForEachCore * Stopwatch.GetElapsedTime(0, Volatile.Read(ref _lastTook));

    // .NET's own thread priorities do nothing on Linux, where a thread has a niceness of its own. The thread ends with its work.
    private static void YieldToOthers()
    {
        if (OperatingSystem.IsLinux()) _ = SetPriority(ProcessPriority, ThisThread, Nice);
    }

    private const int ProcessPriority = 0, ThisThread = 0, Nice = 10;

    [DllImport("libc", EntryPoint = "setpriority")]
    private static extern int SetPriority(int which, int who, int priority);
}

/// <summary>Who waits for a password to be hashed or checked; none of them waits behind another.</summary>
internal enum PasswordLane
{
    /// <summary>Logins from devices that the account is known on.</summary>
    KnownDevices,

    /// <summary>All other logins, registrations, and what links lead to.</summary>
    Strangers,

    /// <summary>What logged-in users do: creating users, changing passwords.</summary>
    Members,
}
