using System.Collections.Concurrent;

namespace PyTake.Faults.Load;

/// <summary>
/// Agents of one organization, who answer through REST: each message has an idempotency key, and is asked for again under the same key until
/// it is there. Between messages they look at the list.
/// </summary>
internal sealed class Agents(Rest rest, Ledger ledger, IReadOnlyList<Guid> conversations)
{
    private readonly ConcurrentDictionary<string, int> _errors = [];

    /// <summary>What they were told instead of what they asked for, with how often.</summary>
    public IReadOnlyDictionary<string, int> Errors => _errors;

    /// <summary>Forgets the errors so far: they belong to what was before.</summary>
    public void Begin() => _errors.Clear();

    /// <summary>So many agents write and read, each so often a second, until told to stop; then waits until all is answered.</summary>
    public Task WorkAsync(int agents, double rate, CancellationToken stop, CancellationToken giveUp) =>
        Task.WhenAll(Enumerable.Range(0, agents).Select(async _ =>
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / rate));
            while (await TicksAsync(timer, stop))
            {
                await SendAsync(giveUp);
                await TryAsync(() => rest.GetAsync("/api/v1/conversations?limit=20", giveUp), giveUp);
            }
        }));

    private static async Task<bool> TicksAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task SendAsync(CancellationToken giveUp)
    {
        var key = $"{Guid.NewGuid():N}";
        var message = new AgentMessage(key, conversations[Random.Shared.Next(conversations.Count)], $"out:{key}");
        ledger.Add(message);
        var answer = await TryAsync(() => rest.PostAsync(
            $"/api/v1/conversations/{message.Conversation}/messages", new { message_type = "text", content = new { text = message.Text } }, key, giveUp), giveUp);
        message.Answered(answer.Body.GetProperty("id").GetGuid());
    }

    // An agent presses the button again until it works; what will never work is a bug, here or there.
    private async Task<RestAnswer> TryAsync(Func<Task<RestAnswer>> ask, CancellationToken giveUp)
    {
        for (var failures = 0; ; failures++)
            try
            {
                return await ask();
            }
            catch (RestException exception) when (exception.IsPassing || exception.Status is 401 or 409)
            {
                // Meta has said that the customer wrote too long ago (131047), which holds until they write again: no error of ours.
                if (exception.Status != 409) _errors.AddOrUpdate(exception.Status == 0 ? "no answer" : $"{exception.Status}", 1, (_, count) => count + 1);
                await Task.Delay(Backoff.After(Math.Min(failures, 2)), giveUp);
            }
    }
}
