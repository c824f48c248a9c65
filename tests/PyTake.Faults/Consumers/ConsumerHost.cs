using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Threading.Channels;

namespace PyTake.Faults.Consumers;

/// <summary>
/// The consumers of one organization: many instances of the real client (src/pytake-client) in one Node.js process, which receives commands
/// through a pipe and reports all that its clients emit (host/src/protocol.ts).
/// </summary>
internal sealed class ConsumerHost : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(Repository.Root, "tests/PyTake.Faults/Consumers/host/dist/main.js");
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, PropertyNameCaseInsensitive = true };

    private readonly Process _process;
    private readonly ConcurrentDictionary<int, TaskCompletionSource> _asked = [];
    private readonly Channel<string> _commands = Channel.CreateUnbounded<string>();
    private readonly Task _reading, _writing;
    private int _last;

    private ConsumerHost(IEnumerable<IEnumerable<Guid>> rooms)
    {
        Consumers = [.. rooms.Select((ids, n) => new Consumer($"consumer {n}", ids, (duration, cancellationToken) => CutAsync(n, duration, cancellationToken)))];
        _process = Process.Start(new ProcessStartInfo("node", [Program]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        (_reading, _writing) = (ReadAsync(), WriteAsync());
    }

    public IReadOnlyList<Consumer> Consumers { get; }

    /// <summary>Starts a consumer for each set of conversations, and waits until all are connected and have caught up.</summary>
    /// <exception cref="IOException">The server refused a consumer, or the process ended; the text says why.</exception>
    /// <exception cref="TimeoutException">It took longer than <paramref name="deadline"/>.</exception>
    public static async Task<ConsumerHost> OpenAsync(
        Uri baseUrl, Guid organization, string email, string password, IEnumerable<IEnumerable<Guid>> rooms, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var host = new ConsumerHost(rooms);
        try
        {
            await host.AskAsync(id => new
            {
                BaseUrl = baseUrl.GetLeftPart(UriPartial.Authority), Organization = organization, Email = email, Password = password,
                Consumers = host.Consumers.Select(consumer => new { consumer.Rooms }),
            }, cancellationToken).WaitAsync(deadline, cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until these consumers have received everything that their clients have emitted so far.</summary>
    /// <exception cref="IOException">The process has ended.</exception>
    public Task SyncAsync(CancellationToken cancellationToken) => AskAsync(id => new { Id = id, Do = "sync" }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // The process exits when its input closes.
        _commands.Writer.TryComplete();
        await _writing;
        await _reading;
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private Task CutAsync(int consumer, TimeSpan duration, CancellationToken cancellationToken) =>
        AskAsync(id => new { Id = id, Do = "cut", Consumer = consumer, Ms = duration.TotalMilliseconds }, cancellationToken);

    private async Task AskAsync<T>(Func<int, T> command, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref _last) - 1;
        var answered = _asked[id] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_commands.Writer.TryWrite(JsonSerializer.Serialize(command(id), Json))) answered.TrySetException(Gone());
        await answered.Task.WaitAsync(cancellationToken);
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var command in _commands.Reader.ReadAllAsync())
            {
                await _process.StandardInput.WriteLineAsync(command);
                await _process.StandardInput.FlushAsync();
            }
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The process has ended; the reader reports it.
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _process.StandardOutput.ReadLineAsync() is { } text) Take(JsonSerializer.Deserialize<Line>(text, Json)!);
        }
        finally
        {
            _commands.Writer.TryComplete();
            foreach (var asked in _asked.Values) asked.TrySetException(Gone());
        }
    }

    private void Take(Line line)
    {
        foreach (var observation in line.Observations) Consumers[observation.Consumer].Add(observation);
        if (line.Answer is not { } id || !_asked.TryRemove(id, out var asked)) return;
        if (line.Error is null) asked.SetResult();
        else asked.SetException(new IOException($"a consumer said: {line.Error}"));
    }

    private static IOException Gone() => new("the consumers' process has ended");

    /// <param name="Answer">The id of the command that this answers.</param>
    private sealed record Line(int? Answer = null, string? Error = null)
    {
        public Observation[] Observations { get; init; } = [];
    }
}
